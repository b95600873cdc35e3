using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Csp.Benchmarks;

/// <summary>
/// <c>cpu NAME</c>: CPU milliseconds per call of the benchmarks whose name contains NAME, the least of several short rounds on this thread.
/// On a machine that does other work too this is steadier than wall time.
/// </summary>
internal static class CpuTime
{
    private const int Rounds = 12;

    public static void Report(string part)
    {
        foreach (Type type in typeof(CpuTime).Assembly.GetTypes().OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            MethodInfo[] methods = [.. type.GetMethods().Where(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null)];
            if (methods.Length == 0 || !type.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
                continue;
            object instance = Activator.CreateInstance(type)!;
            foreach (MethodInfo setup in type.GetMethods().Where(m => m.GetCustomAttribute<GlobalSetupAttribute>() is not null))
                setup.Invoke(instance, null);
            foreach (MethodInfo method in methods)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type.Name}.{method.Name,-20} {Milliseconds(() => method.Invoke(instance, null)):0.000} ms CPU"));
        }
    }

    /// <summary>CPU milliseconds of this process per call.</summary>
    public static double Milliseconds(Action call)
    {
        // Long enough for the tiered compiler to reach its best code.
        Stopwatch warm = Stopwatch.StartNew();
        int calls = 0;
        while (warm.ElapsedMilliseconds < 1500 || calls < 60 && warm.ElapsedMilliseconds < 6000)
        {
            call();
            calls++;
        }
        int repeats = (int)Math.Max(1, 0.15 * calls / warm.Elapsed.TotalSeconds);
        double least = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            for (int i = 0; i < repeats; i++)
                call();
            least = Math.Min(least, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / repeats);
        }
        return least;
    }
}
