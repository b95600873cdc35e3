using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>Space groups by the C library spglib (Togo and Tanaka, arXiv:1808.01590), called directly. Safe from several threads.</summary>
public static class Spglib
{
    /// <summary>Space group, operations, Wyckoff letters and the standard cell of a crystal.</summary>
    /// <param name="crystal">Any cell, either handedness.</param>
    /// <param name="symprec">Tolerance on distances, Å.</param>
    /// <exception cref="SymmetryException">spglib finds no symmetry (atoms on top of each other, unusable tolerance) or is not installed.</exception>
    public static SymmetryDataset Analyze(Crystal crystal, double symprec = 0.01) => throw new NotImplementedException();

    /// <summary>The standard conventional or primitive cell.</summary>
    /// <param name="crystal">Any cell.</param>
    /// <param name="primitive">The standard primitive cell instead of the conventional one.</param>
    /// <param name="idealize">Symmetrise positions and lattice and turn the crystal to the standard orientation; otherwise keep both as they are.</param>
    /// <param name="symprec">Å.</param>
    /// <exception cref="SymmetryException">As <see cref="Analyze"/>.</exception>
    public static Crystal Standardize(Crystal crystal, bool primitive, bool idealize, double symprec = 0.01) => throw new NotImplementedException();

    /// <summary>All operations of one of the 530 settings, centring included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 … 530.</exception>
    public static ImmutableArray<SymmetryOperation> OperationsOfHall(int hallNumber) => throw new NotImplementedException();
}
