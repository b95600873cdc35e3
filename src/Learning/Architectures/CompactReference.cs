using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Architectures;

/// <summary>
/// The compact potential written down as in docs/compact-potential.md, in double precision, without a thought for speed:
/// the oracle for the fast kernel and for the training graph.
/// </summary>
public sealed class CompactReference(CompactModel model, string name = "compact (reference)") : IPotential
{
    public string Name => name;

    public bool Supports(Element element) => model.Supports(element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        int[] species = model.SpeciesOf(crystal);
        NeighborList pairs = NeighborList.Build(crystal, model.Cutoff);
        double[] forces = new double[3 * crystal.Count];
        (double energy, Mat3 virial) = Evaluate(crystal.Lattice, crystal.Cartesian(), species, pairs, forces);
        return new PotentialResult(energy, forces, 1 / crystal.Volume * virial);
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        int n = 3 * reference.Count;
        for (int copy = 0; copy < energies.Length; copy++)
        {
            PotentialResult result = Evaluate(reference.WithCartesian(positions.Slice(copy * n, n)));
            energies[copy] = result.Energy;
            result.Forces.CopyTo(forces.Slice(copy * n, n));
            if (!stresses.IsEmpty)
                result.Stress.ToArray().CopyTo(stresses.Slice(9 * copy, 9));
        }
    }

    private (double Energy, Mat3 Virial) Evaluate(in Mat3 lattice, double[] positions, int[] species, NeighborList pairs, double[] forces)
    {
        CompactSettings settings = model.Settings;
        double energy = 0;
        double[] virial = new double[9];
        double[] radial = new double[settings.RadialBasis], radialSlope = new double[settings.RadialBasis];
        double[] angular = new double[settings.AngularBasis], angularSlope = new double[settings.AngularBasis];
        double[] harmonics = new double[CompactSettings.Harmonics], gradients = new double[3 * CompactSettings.Harmonics];
        double[] unit = new double[3];
        for (int i = 0; i < species.Length; i++)
        {
            AtomEnergy atom = new(model, species[i]);
            for (int p = pairs.First[i]; p < pairs.First[i + 1]; p++)
            {
                Vec3 vector = pairs.Vector(p, i, positions, lattice);
                double r = vector.Norm;
                ChebyshevBasis.Evaluate(r, settings.RadialCutoff, radial, radialSlope);
                ChebyshevBasis.Evaluate(r, settings.AngularCutoff, angular, angularSlope);
                (1 / r * vector).Store(unit, 0);
                RealHarmonics.Evaluate(unit, harmonics);
                atom.Add(species[pairs.Neighbors[p]], radial, angular, harmonics);
            }
            energy += atom.Finish();
            for (int p = pairs.First[i]; p < pairs.First[i + 1]; p++)
            {
                int j = pairs.Neighbors[p];
                Vec3 vector = pairs.Vector(p, i, positions, lattice);
                double r = vector.Norm;
                ChebyshevBasis.Evaluate(r, settings.RadialCutoff, radial, radialSlope);
                ChebyshevBasis.Evaluate(r, settings.AngularCutoff, angular, angularSlope);
                (1 / r * vector).Store(unit, 0);
                RealHarmonics.Evaluate(unit, harmonics);
                RealHarmonics.Gradients(unit, gradients);
                (double along, Vec3 across) = atom.Derivative(species[j], radialSlope, angular, angularSlope, harmonics, gradients);
                (double repulsion, double slope) = model.Repulsions[species[i] * model.Species.Length + species[j]].At(r);
                energy += repulsion / 2;
                Vec3 derivative = (along + slope / 2) / r * vector + 1 / r * across;
                for (int a = 0; a < 3; a++)
                {
                    forces[3 * i + a] += derivative[a];
                    forces[3 * j + a] -= derivative[a];
                    for (int b = 0; b < 3; b++)
                        virial[3 * a + b] += vector[a] * derivative[b];
                }
            }
        }
        Mat3 sum = Mat3.FromSpan(virial);
        return (energy, 0.5 * (sum + sum.Transpose));
    }

    /// <summary>Descriptors of one atom, its energy, and the derivative of that energy with respect to each neighbour's vector.</summary>
    private sealed class AtomEnergy(CompactModel model, int species)
    {
        private readonly CompactSettings _settings = model.Settings;
        private readonly CompactSpecies _weights = model.Species[species];
        private readonly double[] _q = new double[model.Settings.Descriptors];
        private readonly double[] _dq = new double[model.Settings.Descriptors];
        private readonly double[] _moments = new double[model.Settings.AngularChannels * CompactSettings.Harmonics];
        private readonly double[] _dMoments = new double[model.Settings.AngularChannels * CompactSettings.Harmonics];

        private double Radial(int n, int other, int k) => _weights.Radial[(n * model.Species.Length + other) * _settings.RadialBasis + k];

        private double Angular(int n, int other, int k) => _weights.Angular[(n * model.Species.Length + other) * _settings.AngularBasis + k];

        public void Add(int other, double[] radial, double[] angular, double[] harmonics)
        {
            for (int n = 0; n < _settings.RadialChannels; n++)
            {
                for (int k = 0; k < radial.Length; k++)
                    _q[n] += Radial(n, other, k) * radial[k];
            }
            for (int n = 0; n < _settings.AngularChannels; n++)
            {
                for (int k = 0; k < angular.Length; k++)
                {
                    for (int c = 0; c < harmonics.Length; c++)
                        _moments[n * harmonics.Length + c] += Angular(n, other, k) * angular[k] * harmonics[c];
                }
            }
        }

        /// <summary>E_i without repulsion; prepares the derivatives.</summary>
        public double Finish()
        {
            IReadOnlyList<(int First, int Second)> channels = _settings.ChannelPairs;
            for (int l = 1; l <= CompactSettings.MaxDegree; l++)
            {
                for (int p = 0; p < channels.Count; p++)
                {
                    for (int c = RealHarmonics.First[l]; c < RealHarmonics.First[l + 1]; c++)
                        _q[Index(l, p)] += Moment(channels[p].First, c) * Moment(channels[p].Second, c);
                }
            }
            double energy = _weights.ReferenceEnergy + _weights.Offset;
            int size = _q.Length;
            for (int q = 0; q < size; q++)
            {
                energy += _weights.Linear[q] * (_q[q] - _weights.Shift[q]) * _weights.Scale[q];
                _dq[q] = _weights.Linear[q] * _weights.Scale[q];
            }
            for (int h = 0; h < _settings.Hidden; h++)
            {
                double argument = _weights.Bias[h];
                for (int q = 0; q < size; q++)
                    argument += _weights.Hidden[h * size + q] * (_q[q] - _weights.Shift[q]) * _weights.Scale[q];
                double tanh = Math.Tanh(argument);
                energy += _weights.Output[h] * tanh;
                for (int q = 0; q < size; q++)
                    _dq[q] += _weights.Output[h] * (1 - tanh * tanh) * _weights.Hidden[h * size + q] * _weights.Scale[q];
            }
            for (int l = 1; l <= CompactSettings.MaxDegree; l++)
            {
                for (int p = 0; p < channels.Count; p++)
                {
                    for (int c = RealHarmonics.First[l]; c < RealHarmonics.First[l + 1]; c++)
                    {
                        (int a, int b) = channels[p];
                        _dMoments[a * CompactSettings.Harmonics + c] += _dq[Index(l, p)] * Moment(b, c);
                        _dMoments[b * CompactSettings.Harmonics + c] += _dq[Index(l, p)] * Moment(a, c);
                    }
                }
            }
            return energy;

            int Index(int l, int p) => _settings.RadialChannels + (l - 1) * channels.Count + p;

            double Moment(int n, int c) => _moments[n * CompactSettings.Harmonics + c];
        }

        /// <summary>dE_i/dr of one neighbour along its direction, and r times the part across it.</summary>
        public (double Along, Vec3 Across) Derivative(
            int other, double[] radialSlope, double[] angular, double[] angularSlope, double[] harmonics, double[] gradients)
        {
            double along = 0;
            Vec3 across = Vec3.Zero;
            for (int n = 0; n < _settings.RadialChannels; n++)
            {
                for (int k = 0; k < radialSlope.Length; k++)
                    along += _dq[n] * Radial(n, other, k) * radialSlope[k];
            }
            for (int n = 0; n < _settings.AngularChannels; n++)
            {
                double g = 0, slope = 0;
                for (int k = 0; k < angular.Length; k++)
                {
                    g += Angular(n, other, k) * angular[k];
                    slope += Angular(n, other, k) * angularSlope[k];
                }
                for (int c = 0; c < harmonics.Length; c++)
                {
                    double weight = _dMoments[n * harmonics.Length + c];
                    along += weight * slope * harmonics[c];
                    across += weight * g * Vec3.At(gradients, c);
                }
            }
            return (along, across);
        }
    }
}
