/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.Await;

class TcpProxyTest {

  private ServerSocket echo;
  private TcpProxy proxy;

  @BeforeEach
  void startEchoServerBehindProxy() throws IOException {
    echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread server = new Thread(this::serve, "echo");
    server.setDaemon(true);
    server.start();
    proxy = TcpProxy.to(echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void passesBytesInBothDirections() throws IOException {
    try (Socket client = connect()) {
      assertThat(ask(client, 7)).isEqualTo(7);
    }
  }

  @Test
  void passesTheEndOfTheStreamOn() throws IOException {
    try (Socket client = connect()) {
      ask(client, 7);
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void cutResetsConnectionsAndRefusesNewOnesUntilItIsRestored() throws IOException {
    try (Socket client = connect()) {
      ask(client, 1);
      proxy.cut();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    // The kernel lets go of the port when the accepting thread has noticed.
    Await.atMost(Duration.ofSeconds(5), "refused connections").until(this::isRefused);

    proxy.restore();
    try (Socket client = connect()) {
      assertThat(ask(client, 2)).isEqualTo(2);
    }
  }

  @Test
  void stallKeepsTheConnectionAndHoldsItsBytesBackUntilItIsRestored() throws IOException {
    try (Socket client = connect()) {
      ask(client, 1);
      proxy.stall();
      client.setSoTimeout(300);
      assertThatThrownBy(() -> ask(client, 2)).isInstanceOf(SocketTimeoutException.class);

      client.setSoTimeout(30_000);
      proxy.restore();
      assertThat(client.getInputStream().read()).isEqualTo(2);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static int ask(Socket client, int value) throws IOException {
    client.getOutputStream().write(value);
    return client.getInputStream().read();
  }

  private void serve() {
    while (!echo.isClosed()) {
      try (Socket client = echo.accept()) {
        client.getInputStream().transferTo(client.getOutputStream());
      } catch (IOException e) {
        // The next connection, or the end of the test.
      }
    }
  }

  private boolean isRefused() {
    try {
      connect().close();
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
