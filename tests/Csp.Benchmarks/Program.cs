using BenchmarkDotNet.Running;
using Csp.Benchmarks;

if (args is ["cpu", .. string[] names])
    CpuTime.Report(names.Length > 0 ? names[0] : "");
else if (args is ["cluster", .. string[] cluster])
    await Csp.Benchmarks.Clusters.Scale.RunAsync(cluster);
else if (args is ["sscha", .. string[] folders])
    SschaSpeed.Run(folders);
else if (args is ["end-to-end", string root, .. string[] seeds])
    return SschaEndToEnd.Run(root, seeds.Length > 0 ? int.Parse(seeds[0], System.Globalization.CultureInfo.InvariantCulture) : 20, seeds.Length > 1 ? seeds[1] : null);
else if (args is ["relax", string model, .. string[] rest])
    RelaxationSpeed.Run(model, rest.Length > 0 ? int.Parse(rest[0], System.Globalization.CultureInfo.InvariantCulture) : 60, rest.Length > 1 ? rest[1] : null);
else if (args is ["m3gnet", string weights])
    M3GNetSpeed.Run(weights);
else if (args is ["onnx", string exported])
    OnnxSpeed.Run(exported);
else if (args is ["train", string labels, .. string[] most])
    TrainingSpeed.Run(labels, most.Length > 0 ? int.Parse(most[0], System.Globalization.CultureInfo.InvariantCulture) : 300);
else if (args is ["serve", string served])
    PotentialServer.Run(served);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
