using BenchmarkDotNet.Running;
using Csp.Benchmarks;

if (args is ["cpu", .. string[] names])
    CpuTime.Report(names.Length > 0 ? names[0] : "");
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
