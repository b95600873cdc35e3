using Csp.Learning.Graphs;
using Csp.Learning.Training;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>
/// The trained part of the compact potential as a symbolic graph. Its inputs are the sums over neighbours and their Jacobians
/// (<see cref="CompactMoments"/>), which do not change while weights do; the graph is the energy as a function of those sums and of the
/// weights, and forces and virial follow by the chain rule through the Jacobians.
/// </summary>
internal static class CompactGraph
{
    public static Prediction Define(Graph graph, CompactModel model, IReadOnlyDictionary<string, Tensor> weights)
    {
        CompactSettings settings = model.Settings;
        int species = model.Species.Length;
        Tensor of = graph.Input("species", "atoms", species);
        Tensor membership = graph.Input("membership", "structures", "atoms");
        Tensor[] sums = [.. Enumerable.Range(0, 5).Select(l =>
            graph.Input($"sums{l}", (Dim)"atoms" * (2 * l + 1), species * CompactMoments.BasisOf(l, settings)))];
        Tensor atomEnergies = graph.Reshape(graph.Constant(0), 1, 1);
        for (int s = 0; s < species; s++)
        {
            // Every atom is run through the network of every species, and its own is picked: two or three times the work of a small product.
            Tensor energy = SpeciesEnergy(graph, model, s, sums, name => weights[$"{model.Species[s].Element.Symbol}.{name}"]);
            Tensor own = graph.MatMul(of, graph.Constant(UnitColumn(species, s), species, 1));
            atomEnergies = atomEnergies + energy * own;
        }
        Tensor energies = graph.MatMul(membership, atomEnergies);
        var slopes = graph.Grad(graph.Sum(energies), sums);
        Tensor? forces = null, virials = null;
        for (int l = 0; l < sums.Length; l++)
        {
            Tensor byPosition = graph.Input($"byPosition{l}", "structures", $"sums{l}", "coordinates");
            Tensor byStrain = graph.Input($"byStrain{l}", "structures", $"sums{l}", 9);
            Tensor slope = graph.Reshape(slopes[l], "structures", 1, $"sums{l}");
            Tensor force = graph.MatMul(slope, byPosition), virial = graph.MatMul(slope, byStrain);
            forces = forces is null ? force : forces + force;
            virials = virials is null ? virial : virials + virial;
        }
        return new Prediction(graph.Reshape(energies, "structures"), graph.Reshape(-forces!, "atoms", 3), graph.Reshape(virials!, "structures", 9));
    }

    /// <summary>All inputs of <see cref="Define"/> for crystals with equal numbers of atoms.</summary>
    public static IReadOnlyDictionary<string, TensorData> Collate(CompactModel model, IReadOnlyList<Crystal> batch, Precision precision)
    {
        int structures = batch.Count, atoms = batch[0].Count, species = model.Species.Length;
        double[] of = new double[structures * atoms * species], membership = new double[structures * structures * atoms];
        List<CompactMoments> moments = [];
        for (int b = 0; b < structures; b++)
        {
            int[] speciesOf = model.SpeciesOf(batch[b]);
            for (int i = 0; i < atoms; i++)
            {
                of[(b * atoms + i) * species + speciesOf[i]] = 1;
                membership[(b * structures + b) * atoms + i] = 1;
            }
            moments.Add(CompactMoments.Of(batch[b], speciesOf, species, model.Settings, derivatives: true));
        }
        Dictionary<string, TensorData> inputs = new()
        {
            ["species"] = TensorData.Of(of, structures * atoms, species).In(precision),
            ["membership"] = TensorData.Of(membership, structures, structures * atoms).In(precision),
        };
        for (int l = 0; l <= CompactSettings.MaxDegree; l++)
        {
            int columns = species * CompactMoments.BasisOf(l, model.Settings), rows = atoms * (2 * l + 1);
            inputs[$"sums{l}"] = Stack(m => m.Values[l], structures * rows, columns);
            inputs[$"byPosition{l}"] = Stack(m => m.ByPosition[l], structures, rows * columns, 3 * atoms);
            inputs[$"byStrain{l}"] = Stack(m => m.ByStrain[l], structures, rows * columns, 9);
        }
        return inputs;

        TensorData Stack(Func<CompactMoments, double[]> part, params long[] shape) =>
            precision == Precision.Float32
                ? TensorData.Of([.. moments.SelectMany(m => Array.ConvertAll(part(m), v => (float)v))], shape)
                : TensorData.Of([.. moments.SelectMany(part)], shape);
    }

    /// <summary>Energies [atoms, 1] of all atoms as if they were of one species, without reference energy.</summary>
    public static Tensor SpeciesEnergy(Graph graph, CompactModel model, int s, Tensor[] sums, Func<string, Tensor> weight)
    {
        CompactSettings settings = model.Settings;
        int species = model.Species.Length, q = settings.Descriptors;
        List<Tensor> descriptors =
        [
            graph.Linear(sums[0], graph.Reshape(weight("radial"), settings.RadialChannels, species * settings.RadialBasis)),
        ];
        Tensor mix = graph.Reshape(weight("angular"), settings.AngularChannels, species * settings.AngularBasis);
        for (int l = 1; l <= CompactSettings.MaxDegree; l++)
        {
            Tensor moments = graph.Linear(sums[l], mix);
            Tensor products;
            if (settings.MixChannels)
            {
                (double[] first, double[] second) = PairSelectors(settings);
                int pairs = settings.ChannelPairs.Count;
                products = graph.MatMul(moments, graph.Constant(first, settings.AngularChannels, pairs))
                    * graph.MatMul(moments, graph.Constant(second, settings.AngularChannels, pairs));
            }
            else
                products = graph.Square(moments);
            descriptors.Add(graph.SumOver(graph.Reshape(products, "atoms", 2 * l + 1, settings.ChannelPairs.Count), 1));
        }
        CompactSpecies constants = model.Species[s];
        Tensor p = (graph.Concat(1, [.. descriptors]) - graph.Constant(constants.Shift, 1, q)) * graph.Constant(constants.Scale, 1, q);
        Tensor hidden = graph.Tanh(graph.Linear(p, weight("hidden"), weight("bias")));
        return graph.MatMul(hidden, graph.Reshape(weight("output"), settings.Hidden, 1))
            + graph.MatMul(p, graph.Reshape(weight("linear"), q, 1))
            + graph.Reshape(weight("offset"), 1, 1);
    }

    private static double[] UnitColumn(int size, int at)
    {
        double[] column = new double[size];
        column[at] = 1;
        return column;
    }

    private static (double[] First, double[] Second) PairSelectors(CompactSettings settings)
    {
        IReadOnlyList<(int First, int Second)> pairs = settings.ChannelPairs;
        double[] first = new double[settings.AngularChannels * pairs.Count], second = new double[first.Length];
        for (int p = 0; p < pairs.Count; p++)
        {
            first[pairs[p].First * pairs.Count + p] = 1;
            second[pairs[p].Second * pairs.Count + p] = 1;
        }
        return (first, second);
    }
}
