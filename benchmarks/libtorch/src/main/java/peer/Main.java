package peer;

import static org.bytedeco.pytorch.global.torch.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Usage: B fp32|bf16 STEPS [--forward] [--attention sdpa|math], or: gemm. See README.md. */
public final class Main {
    public static void main(String[] args) throws IOException {
        List<String> flags = Arrays.asList(args);
        set_num_threads(Integer.getInteger("threads", 2));
        manual_seed(0);
        if (args[0].equals("gemm")) {
            Gemm.run(2048);
            return;
        }
        int batch = Integer.parseInt(args[0]), steps = Integer.parseInt(args[2]);
        boolean bf16 = args[1].equals("bf16"), forward = flags.contains("--forward");
        // bf16 training measured slower with fused attention; for fp32 the two are within run-to-run noise.
        boolean math = option(flags, "--attention", bf16 || forward ? "math" : "sdpa").equals("math");
        double[] seconds = forward
                ? forward(batch, bf16, math, steps)
                : train(batch, bf16, math, steps);
        double[] timed = Arrays.stream(seconds, Math.min(2, steps - 1), steps).sorted().toArray();
        int n = timed.length;
        double median = n % 2 == 1 ? timed[n / 2] : (timed[n / 2 - 1] + timed[n / 2]) / 2;
        String rss = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(l -> l.startsWith("VmHWM")).findFirst().orElseThrow().replaceAll("\\D", "");
        System.out.printf("batch %d %s: median %.3f s/step, %.2f images/s, peak RSS %.2f GiB%n",
                batch, args[1], median, batch / median, Long.parseLong(rss) / 1048576.0);
    }

    private static String option(List<String> flags, String name, String otherwise) {
        int i = flags.indexOf(name);
        return i < 0 ? otherwise : flags.get(i + 1);
    }

    private static double[] train(int batch, boolean bf16, boolean math, int steps) {
        Step step;
        try (NoGradGuard guard = new NoGradGuard()) {
            step = new Step(bf16, math, 5e-4 * batch / 256);
        }
        double[] seconds = new double[steps];
        for (int i = 0; i < steps; i++) {
            try (PointerScope scope = new PointerScope()) {
                List<Tensor> crops = crops(batch);
                long t0 = System.nanoTime();
                double loss = step.run(crops);
                seconds[i] = (System.nanoTime() - t0) / 1e9;
                System.out.printf("step %d loss %.5f seconds %.3f%n", i, loss, seconds[i]);
            }
        }
        return seconds;
    }

    /** Inference with the weights themselves in the wanted type, the fastest eager form. */
    private static double[] forward(int batch, boolean bf16, boolean math, int steps) {
        ScalarType type = bf16 ? ScalarType.BFloat16 : ScalarType.Float;
        double[] seconds = new double[steps];
        try (NoGradGuard guard = new NoGradGuard()) {
            Net net = new Net(type, math);
            for (int i = 0; i < steps; i++) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor images = randn(batch, 3, 224, 224);
                    long t0 = System.nanoTime();
                    net.backbone(images.to(type)).to(ScalarType.Float);
                    seconds[i] = (System.nanoTime() - t0) / 1e9;
                    System.out.printf("forward %d seconds %.3f%n", i, seconds[i]);
                }
            }
        }
        return seconds;
    }

    private static List<Tensor> crops(int batch) {
        List<Tensor> crops = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int side = i < 2 ? 224 : 96;
            crops.add(randn(batch, 3, side, side));
        }
        return crops;
    }
}
