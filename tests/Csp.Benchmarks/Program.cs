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
else if (args is ["relax", string model, .. string[] count])
    RelaxationSpeed.Run(model, count.Length > 0 ? int.Parse(count[0], System.Globalization.CultureInfo.InvariantCulture) : 80);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
