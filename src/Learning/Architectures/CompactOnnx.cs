using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>The whole compact potential, from positions to energies of atoms, as a graph with the inputs of docs/onnx-interface.md.</summary>
internal sealed class CompactOnnx(CompactModel model) : IOnnxEnergy
{
    public double Cutoff => model.Cutoff;

    public IEnumerable<Element> Elements => model.Species.Select(s => s.Element);

    public double StructureShift => 0;

    public Tensor AtomEnergies(Graph graph, OnnxInputs inputs, Tensor vectors)
    {
        int species = model.Species.Length;
        Tensor r = graph.Sqrt(graph.ReduceSum(graph.Square(vectors), 1));
        Tensor inverse = graph.Reciprocal(r);
        Tensor atomSpecies = graph.Gather(SpeciesTable(graph, model), inputs.Numbers);
        Tensor centre = graph.Gather(atomSpecies, inputs.Center), neighbour = graph.Gather(atomSpecies, inputs.Neighbor);

        CompactSettings settings = model.Settings;
        Tensor radial = BySpecies(graph, Basis(graph, r, settings.RadialCutoff, settings.RadialBasis), neighbour, settings.RadialBasis, species);
        Tensor angular = BySpecies(graph, Basis(graph, r, settings.AngularCutoff, settings.AngularBasis), neighbour, settings.AngularBasis, species);
        int columns = species * settings.AngularBasis;
        Tensor[] sums = new Tensor[CompactSettings.MaxDegree + 1];
        sums[0] = graph.ScatterAdd(radial, inputs.Center, "atoms");
        Tensor[] harmonics = RealHarmonicsGraph.Columns(graph, vectors * inverse);
        for (int l = 1; l < sums.Length; l++)
        {
            Tensor[] moments = [.. harmonics[RealHarmonics.First[l]..RealHarmonics.First[l + 1]].Select(y => angular * y)];
            sums[l] = graph.Reshape(graph.ScatterAdd(graph.Concat(1, moments), inputs.Center, "atoms"), (Dim)"atoms" * (2 * l + 1), columns);
        }

        Tensor energies = graph.ScatterAdd(Repulsion(graph, model, r, centre, neighbour) * 0.5, inputs.Center, "atoms");
        for (int s = 0; s < species; s++)
        {
            CompactSpecies weights = model.Species[s];
            Tensor own = graph.MatMul(atomSpecies, graph.Constant(Column(species, s), species, 1));
            Tensor atoms = CompactGraph.SpeciesEnergy(graph, model, s, sums, array => Constant(graph, settings, species, weights, array)) + graph.Constant(weights.ReferenceEnergy);
            energies += atoms * own;
        }
        return energies;
    }

    private static Tensor SpeciesTable(Graph graph, CompactModel model)
    {
        double[,] table = new double[Element.All.Count + 1, model.Species.Length];
        for (int s = 0; s < model.Species.Length; s++)
            table[model.Species[s].Element.Number, s] = 1;
        return graph.Constant(table);
    }

    /// <summary>f_k(r), shape [pairs, basis]; see <see cref="ChebyshevBasis"/>.</summary>
    private static Tensor Basis(Graph graph, Tensor r, double cutoff, int count)
    {
        Tensor u = graph.Min(r * (1 / cutoff), 1), v = 1 - u, v2 = v * v;
        Tensor c = v2 * v2 * (1 + u * (4 + u * (10 + 20 * u)));
        double a2 = ChebyshevBasis.BondLength / cutoff * (ChebyshevBasis.BondLength / cutoff);
        Tensor x = 1 - u * u * graph.Reciprocal(u * u + a2) * (2 * (1 + a2));
        List<Tensor> functions = [c];
        Tensor before = c, now = c * x;
        for (int k = 1; k < count; k++)
        {
            functions.Add(now);
            (before, now) = (now, 2 * x * now - before);
        }
        return graph.Concat(1, [.. functions]);
    }

    /// <summary>The functions in the columns of the neighbour's species, zeros in the others: shape [pairs, species·basis].</summary>
    private static Tensor BySpecies(Graph graph, Tensor functions, Tensor neighbour, int basis, int species)
    {
        double[,] spread = new double[basis, species * basis], owner = new double[species, species * basis];
        for (int t = 0; t < species; t++)
        {
            for (int k = 0; k < basis; k++)
            {
                spread[k, t * basis + k] = 1;
                owner[t, t * basis + k] = 1;
            }
        }
        return graph.MatMul(functions, graph.Constant(spread)) * graph.MatMul(neighbour, graph.Constant(owner));
    }

    /// <summary>V_rep of every pair, shape [pairs, 1]; see <see cref="ShortRangeRepulsion"/>.</summary>
    private static Tensor Repulsion(Graph graph, CompactModel model, Tensor r, Tensor centre, Tensor neighbour)
    {
        int species = model.Species.Length;
        Tensor strength = OfPair(p => p.Strength), inverseLength = OfPair(p => 1 / p.Length), inner = OfPair(p => p.Inner), inverseWidth = OfPair(p => 1 / (p.Outer - p.Inner));
        Tensor x = r * inverseLength;
        Tensor screening = graph.Constant(0);
        foreach ((double weight, double decay) in ShortRangeRepulsion.Screening)
            screening += weight * graph.Exp(-decay * x);
        Tensor u = graph.Max(graph.Min((r - inner) * inverseWidth, 1), 0), v = 1 - u, v2 = v * v;
        return strength * screening * graph.Reciprocal(r) * (v2 * v2 * (1 + u * (4 + u * (10 + 20 * u))));

        Tensor OfPair(Func<ShortRangeRepulsion, double> value)
        {
            double[] table = [.. model.Repulsions.Select(value)];
            Tensor rows = graph.MatMul(centre, graph.Constant(table, species, species));
            return graph.MatMul(rows * neighbour, graph.Constant(Ones(species), species, 1));
        }
    }

    private static Tensor Constant(Graph graph, CompactSettings settings, int species, CompactSpecies weights, string array) => array switch
    {
        "radial" => graph.Constant(weights.Radial, settings.RadialChannels, species, settings.RadialBasis),
        "angular" => graph.Constant(weights.Angular, settings.AngularChannels, species, settings.AngularBasis),
        "linear" => graph.Constant(weights.Linear, settings.Descriptors),
        "hidden" => graph.Constant(weights.Hidden, settings.Hidden, settings.Descriptors),
        "bias" => graph.Constant(weights.Bias, settings.Hidden),
        "output" => graph.Constant(weights.Output, settings.Hidden),
        _ => graph.Constant([weights.Offset], 1),
    };

    private static double[] Column(int size, int at)
    {
        double[] column = new double[size];
        column[at] = 1;
        return column;
    }

    private static double[] Ones(int size)
    {
        double[] ones = new double[size];
        Array.Fill(ones, 1);
        return ones;
    }
}
