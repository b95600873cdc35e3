using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>From a structure to its quantum anharmonic free energy.</summary>
public static class SschaCalculation
{
    /// <summary>Runs on this machine with all cores; see <see cref="RunAsync"/>.</summary>
    public static SschaResult Run(
        Crystal cell, IPotential potential, SschaSettings settings, IProgress<SschaProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (cell.Elements.FirstOrDefault(e => !potential.Supports(e)) is { } missing)
            throw new PotentialException($"{potential.Name} was not made for {missing.Symbol}");
        return RunAsync(cell, new PotentialEvaluator(potential), settings, progress, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Harmonic start, populations of sampled configurations, minimisation, until gradient and free energy are converged within their errors.</summary>
    /// <param name="cell">The unit cell; its space group is kept.</param>
    /// <param name="evaluator">Answers for the sampled configurations.</param>
    /// <param name="settings">Supercell, temperature, tolerances.</param>
    /// <param name="progress">One report per population.</param>
    /// <param name="cancellation">Stops after the current evaluation; the state folder keeps what is done.</param>
    /// <exception cref="SschaException">Settings that make no sense, forces that are not finite, a trial state that cannot be made positive.</exception>
    /// <exception cref="PotentialException">The potential cannot answer.</exception>
    public static async Task<SschaResult> RunAsync(
        Crystal cell, IEnsembleEvaluator evaluator, SschaSettings settings, IProgress<SschaProgress>? progress = null, CancellationToken cancellation = default)
    {
        Check(cell, settings);
        SschaSystem system = new(SymmetricStructure.Of(cell, settings.SymmetryTolerance), settings);
        if (settings.Hessian)
            FreeEnergyHessian.RequireMemory(system.Basis, settings.FourthOrder, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return await new SschaRun(system, evaluator, progress).ToEndAsync(cancellation).ConfigureAwait(false);
    }

    private static void Check(Crystal cell, SschaSettings settings)
    {
        (int a, int b, int c) = settings.Supercell;
        if (a < 1 || b < 1 || c < 1)
            throw new SschaException($"the supercell needs at least one copy along each vector, not {a}x{b}x{c}");
        if (a * b * c * cell.Count < 2)
            throw new SschaException("one atom alone has no vibrations; take a larger supercell");
        if (!(settings.TemperatureK >= 0) || !double.IsFinite(settings.TemperatureK))
            throw new SschaException($"the temperature must be a number from 0 K on, not {settings.TemperatureK.ToString(CultureInfo.InvariantCulture)}");
        if (settings.PopulationSize < 20 || settings.MaxPopulationSize < settings.PopulationSize)
            throw new SschaException($"a population needs at least 20 configurations and at most MaxPopulationSize ({settings.MaxPopulationSize}), not {settings.PopulationSize}");
        if (!(settings.FreeEnergyTolerance > 0))
            throw new SschaException("the tolerance of the free energy must be positive");
        if (settings.Cell != SschaCell.Fixed && settings.Cell != SschaCell.FixedVolume && settings.PressureGPa is null)
            throw new SschaException("a cell that relaxes needs an external pressure");
        foreach ((string symbol, double mass) in settings.Masses)
        {
            if (Element.TryFromSymbol(symbol) is null || !(mass > 0))
                throw new SschaException($"'{symbol} = {mass.ToString(CultureInfo.InvariantCulture)}' is not an element and a positive mass");
        }
    }
}
