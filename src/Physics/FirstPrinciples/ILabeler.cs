using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>Computes reference energies, forces and stresses (DFT). Slow; several calls may run at once.</summary>
public interface ILabeler
{
    /// <summary>Hash of everything that changes a number (code, version, cutoff, k-spacing, smearing, pseudopotentials), hex.</summary>
    string SettingsHash { get; }

    /// <summary>One label. A structure that cannot be computed is a <see cref="LabelFailed"/>, never an exception; only cancellation throws.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; child processes have been ended.</exception>
    Task<LabelOutcome> LabelAsync(Crystal crystal, CancellationToken cancellation);
}

/// <summary>Either a <see cref="Label"/> or the reason why there is none.</summary>
public abstract record LabelOutcome
{
    private protected LabelOutcome()
    {
    }
}

/// <summary>A reference calculation that converged.</summary>
/// <param name="Key">Content address: hash of the structure and of the labeler's settings, hex.</param>
/// <param name="Crystal">The structure exactly as computed.</param>
/// <param name="Energy">eV per cell.</param>
/// <param name="Forces">eV/Å, 3N.</param>
/// <param name="Stress">eV/Å^3, sign of ASE (negative under compression).</param>
/// <param name="Provenance">How it was computed.</param>
public sealed record Label(string Key, Crystal Crystal, double Energy, double[] Forces, Mat3 Stress, LabelProvenance Provenance) : LabelOutcome;

/// <summary>No label; the reason in one sentence.</summary>
public sealed record LabelFailed(string Key, string Reason, double WallSeconds) : LabelOutcome;

/// <summary>How a label was computed.</summary>
/// <param name="Code">e.g. <c>Quantum ESPRESSO pw.x</c>.</param>
/// <param name="Version">e.g. <c>6.7MaX</c>.</param>
/// <param name="CutoffRy">Plane-wave cutoff.</param>
/// <param name="KPoints">e.g. <c>8x8x8</c>.</param>
/// <param name="Pseudopotentials">e.g. <c>H GTH-PBE-q1; S GTH-PBE-q6</c>.</param>
/// <param name="WallSeconds">Wall time of the successful attempt and those before it; 0 when it came from the store.</param>
/// <param name="Attempts">1 = converged with the first settings.</param>
/// <param name="FromStore">The label had been computed before.</param>
public sealed record LabelProvenance(
    string Code, string Version, double CutoffRy, string KPoints, string Pseudopotentials, double WallSeconds, int Attempts, bool FromStore);
