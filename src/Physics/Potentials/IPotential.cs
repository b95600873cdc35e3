using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>
/// The one calculator that relaxation, phonons and SSCHA see. Implementations are safe to call from several threads at once
/// and use one thread per call, so callers decide about parallelism.
/// </summary>
public interface IPotential
{
    /// <summary>A short name for tables and logs, e.g. <c>compact v3</c>.</summary>
    string Name { get; }

    /// <summary>Whether the potential was made for this element.</summary>
    bool Supports(Element element);

    /// <summary>Energy, forces and stress of one crystal.</summary>
    /// <exception cref="PotentialException">The element is not supported, or the answer is not finite.</exception>
    PotentialResult Evaluate(Crystal crystal);

    /// <summary>
    /// Many copies of one supercell with displaced atoms; the copies share the neighbour list of the reference (with a skin that covers
    /// the largest displacement), which makes this the cheap way to evaluate an ensemble.
    /// </summary>
    /// <param name="reference">The supercell at its reference positions.</param>
    /// <param name="positions">Cartesian positions, Å, shape [copies, 3N] row-major, each within the image of the reference atom.</param>
    /// <param name="energies">Out: eV, shape [copies].</param>
    /// <param name="forces">Out: eV/Å, shape [copies, 3N].</param>
    /// <param name="stresses">Out: eV/Å^3, shape [copies, 9], sign as in <see cref="PotentialResult.Stress"/>; may be empty when not wanted.</param>
    /// <exception cref="PotentialException">As <see cref="Evaluate"/>.</exception>
    void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses);
}

/// <summary>What a potential says about one crystal.</summary>
/// <param name="Energy">eV per cell.</param>
/// <param name="Forces">eV/Å, 3N numbers.</param>
/// <param name="Stress">eV/Å^3, sigma = +(1/V) dE/d(strain): negative under compression (the sign of ASE).</param>
/// <param name="Uncertainty">Estimated standard error of the energy in eV/atom, where the potential knows one.</param>
public sealed record PotentialResult(double Energy, double[] Forces, Mat3 Stress, double? Uncertainty = null)
{
    /// <summary>Hydrostatic pressure in GPa, positive under compression.</summary>
    public double PressureGPa => -Stress.Trace / 3 * Units.EvPerCubicAngstromInGPa;
}

/// <summary>A potential cannot answer for this crystal; the message says why in one sentence.</summary>
public sealed class PotentialException(string message, Exception? inner = null) : Exception(message, inner);
