using Csp.Actors.Runs;
using Csp.Physics.FirstPrinciples;

namespace Csp.Host.Configuration;

/// <summary>The <c>dft</c> block as settings of the labeler.</summary>
public static class LabelerSettings
{
    /// <param name="plan">The block.</param>
    /// <param name="parallel">Calculations at once.</param>
    public static QuantumEspressoSettings Of(DftPlan plan, int parallel) => new()
    {
        CutoffRy = plan.CutoffRy,
        KSpacing = plan.KSpacing,
        SmearingRy = plan.SmearingRy,
        GthFile = plan.GthFile,
        PwPath = plan.Pw,
        ProcessesPerJob = plan.Processes,
        ParallelJobs = parallel,
        Timeout = plan.Timeout,
        StoreDirectory = plan.Store,
    };

    /// <summary>Reads the <c>dft</c> block of a configuration file; the file may hold the other blocks too.</summary>
    /// <exception cref="ConfigurationException">As <see cref="RunConfiguration.Load"/>.</exception>
    public static QuantumEspressoSettings Load(string path, int parallel)
    {
        SettingsSource source = SettingsSource.FromFile(path);
        DftPlan plan = RunConfiguration.DftOf(source);
        source.RefuseUnknownKeys();
        return Of(plan, parallel);
    }
}
