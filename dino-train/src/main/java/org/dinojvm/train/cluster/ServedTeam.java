package org.dinojvm.train.cluster;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.net.HostAndPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.train.optimizer.StepCounter;
import org.tensorflow.Graph;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.ServerDef;

/**
 * A team whose workers each have a TensorFlow server in their process. It cannot be stopped, so it
 * lasts as long as the process, and a process that lost another worker has to end.
 */
final class ServedTeam implements Team {

  private static final String JOB = "worker";

  /**
   * Operations at a time, at least: what workers send each other is handled by the same threads.
   * With two of them, four workers with BatchNorm waited for each other for ever; with 16 they did
   * not.
   */
  private static final int FEWEST_PARALLEL_OPS = 32;

  private static final String LEADER = "/job:worker/replica:0/task:0";

  private final Cluster cluster;
  private final Limits limits;
  private final LastWords lastWords;
  private final Collectives collectives;
  private Optional<Server> server = Optional.empty();

  ServedTeam(Cluster cluster, Limits limits, LastWords lastWords) {
    this.cluster = cluster;
    this.limits = limits;
    this.lastWords = lastWords;
    collectives = new Collectives(cluster.rank(), cluster.size());
  }

  @Override
  public Workers workers() {
    return collectives;
  }

  @Override
  public void prepare() {
    if (server.isEmpty()) {
      try (ServerSocket free = new ServerSocket(cluster.own().getPort())) {
        checkArgument(free.isBound(), "port %s cannot be had", cluster.own().getPort());
      } catch (IOException e) {
        throw portInUse(e);
      }
    }
  }

  private IllegalArgumentException portInUse(Exception e) {
    return new IllegalArgumentException(
        "port %d of this machine is in use, so that %s cannot listen there: end what has it, or list another port"
            .formatted(cluster.own().getPort(), cluster.name(cluster.rank())),
        e);
  }

  @Override
  public Function<Session, Meeting> meeting(
      Ops tf, List<Variable> variables, List<StepCounter> counters) {
    Agenda agenda =
        new Agenda(
            new Exchange(tf, collectives, Fingerprint.NUMBERS),
            new SharedState(tf, collectives, variables, counters),
            new Exchange(tf, collectives, 1));
    return session -> new ServedMeeting(cluster, session, limits, lastWords, agenda);
  }

  @Override
  public Session open(Graph graph, ConfigProto options, Consumer<String> news) {
    ConfigProto own = options(options);
    if (server.isEmpty()) {
      warnings(news);
      server = Optional.of(serve(own));
    }
    Arrival.within(limits.arrival()).await(cluster, news);
    return ServerSession.open(graph, own, "grpc://" + cluster.own());
  }

  /** Without the filter, opening a session would wait for all other workers. */
  private ConfigProto options(ConfigProto options) {
    ConfigProto.Builder own = options.toBuilder();
    own.addDeviceFilters("/job:" + JOB + "/task:" + cluster.rank());
    own.getExperimentalBuilder().setCollectiveGroupLeader(LEADER);
    own.setInterOpParallelismThreads(
        Math.max(FEWEST_PARALLEL_OPS, options.getInterOpParallelismThreads()));
    own.setIsolateSessionState(true); // else variables outlive their session
    return own.build();
  }

  private Server serve(ConfigProto options) {
    JobDef.Builder workers = JobDef.newBuilder().setName(JOB);
    for (int rank = 0; rank < cluster.size(); rank++) {
      workers.putTasks(rank, cluster.addresses().get(rank).toString());
    }
    try {
      Server started =
          new Server(
              ServerDef.newBuilder()
                  .setCluster(ClusterDef.newBuilder().addJob(workers))
                  .setJobName(JOB)
                  .setTaskIndex(cluster.rank())
                  .setProtocol("grpc")
                  .setDefaultSessionConfig(options) // who leads is read from here
                  .build());
      started.start();
      return started;
    } catch (TensorFlowException e) {
      throw portInUse(e);
    }
  }

  private void warnings(Consumer<String> news) {
    HostAndPort own = cluster.own();
    news.accept(
        ("%s of %d; TensorFlow's server takes connections on port %d of all of this machine's"
                + " addresses and asks for no password: see docs/distributed.md")
            .formatted(cluster.name(cluster.rank()), cluster.size(), own.getPort()));
    try {
      InetAddress address = InetAddress.getByName(own.getHost());
      if (NetworkInterface.getByInetAddress(address) == null) {
        news.accept(
            "%s is no address of this machine; unless it is forwarded here, --worker or TF_CONFIG is another machine's"
                .formatted(own));
      }
    } catch (UnknownHostException e) {
      news.accept("this worker's own address %s is not known here".formatted(own));
    } catch (SocketException e) {
      // What cannot be found out is no reason to stop.
    }
  }
}
