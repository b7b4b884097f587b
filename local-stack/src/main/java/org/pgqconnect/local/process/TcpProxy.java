/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Forwards a port of 127.0.0.1 to another, and breaks as networks do: {@link #cut} resets and
 * refuses, {@link #stall} keeps connections open and passes nothing, {@link #restore} fixes both.
 */
public final class TcpProxy implements AutoCloseable {

  private static final int BUFFER = 64 * 1024;

  private final int target;
  private final int port = FreePorts.take();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object gate = new Object();
  private boolean stalled;
  private ServerSocket listener;

  /** Forwards a free port to {@code target} of 127.0.0.1. */
  public static TcpProxy to(int target) {
    TcpProxy proxy = new TcpProxy(target);
    proxy.listen();
    return proxy;
  }

  private TcpProxy(int target) {
    this.target = target;
  }

  /** The port to connect to; stays the same over {@link #cut} and {@link #restore}. */
  public int port() {
    return port;
  }

  /** Resets every connection and refuses new ones. */
  public synchronized void cut() {
    closeQuietly(listener);
    sockets.forEach(TcpProxy::reset);
    sockets.clear();
  }

  /** Accepts connections, but passes no byte on until {@link #restore}. */
  public void stall() {
    synchronized (gate) {
      stalled = true;
    }
  }

  /** Passes everything on again, what was held back in a stall first. */
  public synchronized void restore() {
    synchronized (gate) {
      stalled = false;
      gate.notifyAll();
    }
    if (listener.isClosed()) {
      listen();
    }
  }

  @Override
  public void close() {
    cut();
    synchronized (gate) {
      stalled = false;
      gate.notifyAll();
    }
  }

  private void listen() {
    try {
      listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException("The proxy cannot listen on port " + port, e);
    }
    ServerSocket accepting = listener;
    run("accept", () -> accept(accepting));
  }

  private void accept(ServerSocket accepting) {
    while (!accepting.isClosed()) {
      try {
        forward(accepting.accept(), accepting);
      } catch (IOException e) {
        // Closed by cut(), or the client was gone already.
      }
    }
  }

  private void forward(Socket client, ServerSocket accepting) {
    Socket server = null;
    try {
      server = new Socket(InetAddress.getLoopbackAddress(), target);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
    } catch (IOException e) {
      reset(client);
      return;
    }
    synchronized (this) {
      if (accepting.isClosed()) {
        reset(client);
        reset(server);
        return;
      }
      sockets.add(client);
      sockets.add(server);
    }
    Socket upstream = server;
    run("to-server", () -> pump(client, upstream));
    run("to-client", () -> pump(upstream, client));
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n = from.getInputStream().read(buffer); n >= 0; ) {
        awaitOpenGate();
        to.getOutputStream().write(buffer, 0, n);
        n = from.getInputStream().read(buffer);
      }
      awaitOpenGate();
      to.shutdownOutput();
      if (from.isOutputShutdown()) {
        close(from, to);
      }
    } catch (IOException e) {
      reset(from);
      reset(to);
      sockets.remove(from);
      sockets.remove(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void close(Socket one, Socket other) {
    closeQuietly(one);
    closeQuietly(other);
    sockets.remove(one);
    sockets.remove(other);
  }

  private void awaitOpenGate() throws InterruptedException {
    synchronized (gate) {
      while (stalled) {
        gate.wait();
      }
    }
  }

  private void run(String what, Runnable task) {
    Thread thread = new Thread(task, "tcp-proxy-" + port + "-" + what);
    thread.setDaemon(true);
    thread.start();
  }

  /** Lingering for zero seconds makes the close a reset. */
  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(java.io.Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // Nothing depends on how it went.
    }
  }
}
