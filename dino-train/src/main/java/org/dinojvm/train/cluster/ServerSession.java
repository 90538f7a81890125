package org.dinojvm.train.cluster;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;

/**
 * Sessions of a server of this process. TensorFlow's C API opens them by a target in the options;
 * its class {@link Session} has a constructor for what that gives, but no public one, hence the
 * reflection. Once it is open, it is a session like any other.
 */
final class ServerSession {

  private ServerSession() {}

  /**
   * Opens a session.
   *
   * @param target {@code grpc://host:port} of the server, which is found by this text
   */
  @SuppressWarnings("try") // the scope is held, and else not used
  static Session open(Graph graph, ConfigProto options, String target) {
    try (PointerScope scope = new PointerScope()) {
      TF_SessionOptions targeted = TF_SessionOptions.newSessionOptions();
      tensorflow.TF_SetTarget(targeted, target);
      TF_Status status = TF_Status.newStatus();
      BytePointer bytes = new BytePointer(options.toByteArray());
      tensorflow.TF_SetConfig(targeted, bytes, bytes.capacity(), status);
      status.throwExceptionIfNotOK();
      try (AutoCloseable reference = (AutoCloseable) invoke(Graph.class, graph, "ref")) {
        TF_Graph handle = (TF_Graph) invoke(reference.getClass(), reference, "nativeHandle");
        TF_Session session = TF_Session.newSession(handle, targeted, status);
        status.throwExceptionIfNotOK();
        session.retainReference();
        Constructor<Session> constructor =
            Session.class.getDeclaredConstructor(Graph.class, TF_Session.class);
        constructor.setAccessible(true);
        return constructor.newInstance(graph, session);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // of AutoCloseable, and by reflection
      throw new IllegalStateException("this TensorFlow for Java cannot open a server's session", e);
    }
  }

  private static Object invoke(Class<?> type, Object object, String name)
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    Method method = type.getDeclaredMethod(name);
    method.setAccessible(true);
    return method.invoke(object);
  }
}
