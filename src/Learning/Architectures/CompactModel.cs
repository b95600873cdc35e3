using System.Collections.Immutable;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>
/// Everything that defines the energy of a compact potential (docs/compact-potential.md): for atom i of species s
/// <code>
/// q_n     = Σ_j Σ_k c[s, n, s_j, k] f_k(r_ij)                      n = 1 .. radial channels
/// A_n,lm  = Σ_j Σ_k d[s, n, s_j, k] f_k(r_ij) C_lm(r_ij/|r_ij|)    n = 1 .. angular channels, l = 1 .. 4
/// q_nn'l  = Σ_m A_n,lm A_n',lm
/// p       = (q - shift[s]) · scale[s]
/// E_i     = e_ref[s] + offset[s] + linear[s]·p + output[s]·tanh(hidden[s] p + bias[s]) + ½ Σ_j V_rep(r_ij)
/// </code>
/// Immutable; the arrays must not be written to.
/// </summary>
public sealed class CompactModel
{
    private readonly Dictionary<Element, int> _index;

    /// <param name="settings">Sizes.</param>
    /// <param name="species">Weights.</param>
    /// <param name="domain">Where the model was trained, for uncertainties; null when unknown.</param>
    /// <exception cref="PotentialException">Sizes do not fit, or a number is not finite.</exception>
    public CompactModel(CompactSettings settings, ImmutableArray<CompactSpecies> species, TrainingDomain? domain = null)
    {
        Domain = domain;
        Settings = settings.Check();
        Species = species;
        if (species.IsDefaultOrEmpty || species.Length > 100)
            throw new PotentialException("compact potential: between 1 and 100 species are needed");
        _index = [];
        for (int s = 0; s < species.Length; s++)
        {
            if (!_index.TryAdd(species[s].Element, s))
                throw new PotentialException($"compact potential: {species[s].Element} is listed twice");
            species[s].Check(settings, species.Length);
        }
        domain?.Check(species.Length, settings.Descriptors);
        Repulsions = [.. from a in species from b in species select new ShortRangeRepulsion(a.Element, b.Element)];
    }

    public CompactSettings Settings { get; }

    /// <summary>The weights of each species, in the order that indexes s_j.</summary>
    public ImmutableArray<CompactSpecies> Species { get; }

    /// <summary>The descriptors (p, shifted and scaled) of the structures that the model was trained on; null when unknown.</summary>
    public TrainingDomain? Domain { get; }

    /// <summary>Shape [species, species].</summary>
    public ImmutableArray<ShortRangeRepulsion> Repulsions { get; }

    /// <summary>Largest distance at which atoms interact, Å.</summary>
    public double Cutoff => Math.Max(Settings.RadialCutoff, Repulsions.Max(r => r.Outer));

    public bool Supports(Element element) => _index.ContainsKey(element);

    /// <summary>Species index of every atom.</summary>
    /// <exception cref="PotentialException">An element is not part of the model.</exception>
    public int[] SpeciesOf(Crystal crystal)
    {
        int[] species = new int[crystal.Count];
        for (int i = 0; i < species.Length; i++)
        {
            if (!_index.TryGetValue(crystal.Elements[i], out species[i]))
                throw new PotentialException($"the potential was made for {string.Join(", ", Species.Select(s => s.Element.Symbol))} and not for {crystal.Elements[i]}");
        }
        return species;
    }
}

/// <summary>Weights of the atoms of one species; shapes are row-major, S = number of species of the model, Q = number of descriptors.</summary>
/// <param name="Element">The species.</param>
/// <param name="ReferenceEnergy">e_ref, eV: fitted to the labels before the first training step, then fixed.</param>
/// <param name="Offset">eV, trained.</param>
/// <param name="Radial">c, shape [radial channels, S, radial basis].</param>
/// <param name="Angular">d, shape [angular channels, S, angular basis].</param>
/// <param name="Shift">Shape [Q]; mean of the descriptors over the structures a fresh model was made for.</param>
/// <param name="Scale">Shape [Q]; inverse of their spread.</param>
/// <param name="Linear">Shape [Q], eV.</param>
/// <param name="Hidden">Shape [neurons, Q].</param>
/// <param name="Bias">Shape [neurons].</param>
/// <param name="Output">Shape [neurons], eV.</param>
public sealed record CompactSpecies(
    Element Element, double ReferenceEnergy, double Offset, double[] Radial, double[] Angular,
    double[] Shift, double[] Scale, double[] Linear, double[] Hidden, double[] Bias, double[] Output)
{
    internal void Check(CompactSettings settings, int species)
    {
        int q = settings.Descriptors, h = settings.Hidden;
        Require(nameof(ReferenceEnergy), [ReferenceEnergy], 1);
        Require(nameof(Offset), [Offset], 1);
        Require(nameof(Radial), Radial, settings.RadialChannels * species * settings.RadialBasis);
        Require(nameof(Angular), Angular, settings.AngularChannels * species * settings.AngularBasis);
        Require(nameof(Shift), Shift, q);
        Require(nameof(Scale), Scale, q);
        Require(nameof(Linear), Linear, q);
        Require(nameof(Hidden), Hidden, h * q);
        Require(nameof(Bias), Bias, h);
        Require(nameof(Output), Output, h);
    }

    private void Require(string name, double[] values, int length)
    {
        if (values.Length != length)
            throw new PotentialException($"compact potential: {name} of {Element} has {values.Length} numbers instead of {length}");
        if (!Array.TrueForAll(values, double.IsFinite))
            throw new PotentialException($"compact potential: {name} of {Element} holds a number that is not finite");
    }
}
