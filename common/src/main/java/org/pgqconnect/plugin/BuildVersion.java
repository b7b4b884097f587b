/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of a plugin, as the build wrote it beside one of its classes. */
public final class BuildVersion {
  private static final String FILE = "version.properties";

  private BuildVersion() {}

  /**
   * @param plugin a class of the package that the file lies in
   * @throws UncheckedIOException when the archive lacks the file
   */
  public static String of(Class<?> plugin) {
    try (InputStream in = plugin.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IOException(FILE + " is missing beside " + plugin.getName());
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
