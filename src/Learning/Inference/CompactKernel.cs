using System.Numerics;
using System.Runtime.CompilerServices;
using Csp.Learning.Architectures;
using Csp.Physics.Crystals;

namespace Csp.Learning.Inference;

/// <summary>
/// Energy, forces and virial of a compact potential, atom by atom: gather the neighbours, sum the descriptors, run the network forward and
/// backward (<see cref="CompactNetwork{TV, T}"/>), and hand the slopes back to the neighbours. Registers hold neighbours. The loops ask for full
/// optimisation at once: a relaxation of a small cell is over before the tiered compiler would get to them.
/// </summary>
internal sealed unsafe class CompactKernel<TV, T> : ICompactKernel
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly CompactModel _model;
    private readonly CompactWeights<T>[] _weights;
    private readonly double[] _repulsionReach;
    private readonly (int First, int Second)[] _pairs;
    private readonly ThreadLocal<CompactWorkspace<T>> _workspaces;
    private readonly CompactRadial<TV, T>.Range _radialRange;
    private readonly CompactRadial<TV, T>.Range _angularRange;

    public CompactKernel(CompactModel model)
    {
        _model = model;
        _weights = [.. model.Species.Select((s, t) => new CompactWeights<T>(s, model.Settings, model.Domain?.Species[t], TV.Count))];
        _repulsionReach = [.. model.Repulsions.Select(r => r.Outer * r.Outer)];
        _pairs = [.. model.Settings.ChannelPairs];
        _workspaces = new(() => new CompactWorkspace<T>(model.Settings, model.Species.Length, TV.Count));
        _radialRange = new(model.Settings.RadialCutoff);
        _angularRange = new(model.Settings.AngularCutoff);
    }

    public CompactNeighbors? LastNeighbors
    {
        get => _workspaces.Value!.Neighbors;
        set => _workspaces.Value!.Neighbors = value;
    }

    public ReadOnlySpan<double> LastDistances => _workspaces.Value!.Distances;

    public double Evaluate(CompactNeighbors neighbors, ReadOnlySpan<int> species, ReadOnlySpan<double> positions, in Mat3 lattice, Span<double> forces, Span<double> virial)
    {
        CompactWorkspace<T> work = _workspaces.Value!;
        work.Reserve(neighbors.Largest, neighbors.Shifts.Length / 3, species.Length);
        neighbors.ShiftVectors(lattice, work.ShiftVectors);
        Array.Clear(work.Virial);
        forces.Clear();
        double energy = 0;
        for (int i = 0; i < species.Length; i++)
        {
            CompactWeights<T> weights = _weights[species[i]];
            energy += Gather(work, neighbors, i, species[i], positions, forces) + weights.Constant;
            SumRadial(work, weights);
            SumAngular(work, weights);
            energy += CompactNetwork<TV, T>.Evaluate(work, weights, _model.Settings);
            if (weights.Center is not null)
                work.Distances[i] = CompactNetwork<TV, T>.Distance(work, weights, _model.Settings.Descriptors);
            SlopeAngular(work);
            SlopeRadial(work, weights);
            work.Near.Scatter(i, forces);
            work.Far.Scatter(i, forces);
        }
        double[] v = work.Virial;
        ReadOnlySpan<double> full = [v[0], v[3], v[4], v[3], v[1], v[5], v[4], v[5], v[2]];
        full.CopyTo(virial);
        return energy;
    }

    /// <summary>Fills near and far neighbours of one atom and adds the repulsion, whose energy it returns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Gather(CompactWorkspace<T> work, CompactNeighbors list, int i, int species, ReadOnlySpan<double> positions, Span<double> forces)
    {
        int count = _model.Species.Length;
        NeighborBlock<T> near = work.Near, far = work.Far;
        T* nearX = near.X.Pointer, nearY = near.Y.Pointer, nearZ = near.Z.Pointer, farX = far.X.Pointer, farY = far.Y.Pointer, farZ = far.Z.Pointer;
        double angular = _model.Settings.AngularCutoff * _model.Settings.AngularCutoff, radial = _model.Settings.RadialCutoff * _model.Settings.RadialCutoff;
        double xi = positions[3 * i], yi = positions[3 * i + 1], zi = positions[3 * i + 2], energy = 0;
        int inNear = 0, inFar = 0;
        fixed (double* at = positions, shift = work.ShiftVectors)
        fixed (int* neighbors = list.Neighbors, shiftOf = list.ShiftOf, nearAtom = near.Atom, farAtom = far.Atom)
        {
            for (int t = 0; t < count; t++)
            {
                near.Start[t] = inNear;
                far.Start[t] = inFar;
                double repulsive = _repulsionReach[species * count + t];
                int end = list.First[i * count + t + 1];
                for (int p = list.First[i * count + t]; p < end; p++)
                {
                    int j = neighbors[p];
                    double* r = at + 3 * j, s = shift + 3 * shiftOf[p];
                    double x = r[0] + s[0] - xi, y = r[1] + s[1] - yi, z = r[2] + s[2] - zi;
                    double d2 = x * x + y * y + z * z;
                    if (d2 < angular)
                    {
                        nearX[inNear] = T.CreateTruncating(x);
                        nearY[inNear] = T.CreateTruncating(y);
                        nearZ[inNear] = T.CreateTruncating(z);
                        nearAtom[inNear++] = j;
                    }
                    else if (d2 < radial)
                    {
                        farX[inFar] = T.CreateTruncating(x);
                        farY[inFar] = T.CreateTruncating(y);
                        farZ[inFar] = T.CreateTruncating(z);
                        farAtom[inFar++] = j;
                    }
                    if (d2 < repulsive)
                        energy += Repel(species * count + t, new Vec3(x, y, z), Math.Sqrt(d2), i, j, forces, work.Virial);
                }
                near.Used[t] = inNear - near.Start[t];
                far.Used[t] = inFar - far.Start[t];
                Pad(nearX, nearY, nearZ, ref inNear);
                Pad(farX, farY, farZ, ref inFar);
            }
            near.Start[count] = inNear;
            far.Start[count] = inFar;
        }
        return energy;
    }

    /// <summary>Fills the last register of a group with neighbours at the radial cutoff.</summary>
    private void Pad(T* x, T* y, T* z, ref int count)
    {
        T cutoff = T.CreateTruncating(_model.Settings.RadialCutoff);
        while (count % TV.Count != 0)
        {
            x[count] = cutoff;
            y[count] = T.Zero;
            z[count++] = T.Zero;
        }
    }

    private double Repel(int pair, in Vec3 vector, double r, int i, int j, Span<double> forces, double[] virial)
    {
        (double energy, double slope) = _model.Repulsions[pair].At(r);
        Vec3 half = slope / (2 * r) * vector;
        for (int a = 0; a < 3; a++)
        {
            forces[3 * i + a] += half[a];
            forces[3 * j + a] -= half[a];
        }
        virial[0] += vector.X * half.X;
        virial[1] += vector.Y * half.Y;
        virial[2] += vector.Z * half.Z;
        virial[3] += vector.X * half.Y;
        virial[4] += vector.X * half.Z;
        virial[5] += vector.Y * half.Z;
        return energy / 2;
    }

    private void SumRadial(CompactWorkspace<T> work, CompactWeights<T> weights)
    {
        int basis = _model.Settings.RadialBasis, count = _weights.Length;
        TV* sums = (TV*)work.Registers.Pointer;
        T* totals = work.RadialSums.Pointer;
        for (int t = 0; t < count; t++)
        {
            for (int k = 0; k < basis; k++)
                sums[k] = TV.Constant(0);
            SumRadial(work.Near, t, basis, sums);
            SumRadial(work.Far, t, basis, sums);
            for (int k = 0; k < basis; k++)
                totals[t * basis + k] = TV.Sum(sums[k]);
        }
        T* q = work.Descriptors.Pointer, c = weights.Radial.Pointer;
        for (int n = 0; n < _model.Settings.RadialChannels; n++)
        {
            T sum = T.Zero;
            for (int k = 0; k < count * basis; k++)
                sum += *c++ * totals[k];
            q[n] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumRadial(NeighborBlock<T> block, int species, int basis, TV* sums)
    {
        T* xs = block.X.Pointer, ys = block.Y.Pointer, zs = block.Z.Pointer;
        int end = block.Start[species + 1];
        for (int b = block.Start[species]; b < end; b += TV.Count)
        {
            TV x = TV.Load(xs + b), y = TV.Load(ys + b), z = TV.Load(zs + b);
            TV r = TV.Sqrt(TV.MultiplyAdd(x, x, TV.MultiplyAdd(y, y, z * z)));
            CompactRadial<TV, T>.Accumulate(r, _radialRange, basis, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumAngular(CompactWorkspace<T> work, CompactWeights<T> weights)
    {
        CompactSettings settings = _model.Settings;
        NeighborBlock<T> near = work.Near;
        int basis = settings.AngularBasis, channels = settings.AngularChannels, capacity = near.Capacity, end = near.Start[^1];
        T* xs = near.X.Pointer, ys = near.Y.Pointer, zs = near.Z.Pointer;
        T* harmonics = work.Harmonics.Pointer, radial = work.Radial.Pointer, radialSlope = work.RadialSlope.Pointer;
        TV* values = (TV*)work.Registers.Pointer, slopes = values + basis;
        for (int t = 0; t < _weights.Length; t++)
        {
            for (int b = near.Start[t]; b < near.Start[t + 1]; b += TV.Count)
            {
                TV x = TV.Load(xs + b), y = TV.Load(ys + b), z = TV.Load(zs + b);
                TV r = TV.Sqrt(TV.MultiplyAdd(x, x, TV.MultiplyAdd(y, y, z * z))), inverse = TV.Constant(1) / r;
                CompactRadial<TV, T>.Functions(r, _angularRange, basis, values, slopes);
                for (int n = 0; n < channels; n++)
                {
                    T* d = weights.Angular.Pointer + (n * _weights.Length + t) * basis;
                    TV value = TV.Constant(0), slope = TV.Constant(0);
                    for (int k = 0; k < basis; k++)
                    {
                        TV weight = TV.All(d[k]);
                        value = TV.MultiplyAdd(weight, values[k], value);
                        slope = TV.MultiplyAdd(weight, slopes[k], slope);
                    }
                    value.Store(radial + n * capacity + b);
                    slope.Store(radialSlope + n * capacity + b);
                }
                CompactHarmonics<TV, T>.Store(x * inverse, y * inverse, z * inverse, harmonics + b, capacity);
            }
        }
        T* moments = work.Moments.Pointer;
        for (int n = 0; n < channels; n++)
        {
            T* g = radial + n * capacity;
            for (int c = 0; c < CompactSettings.Harmonics; c += 8)
                Moments8(g, harmonics + c * capacity, capacity, end, moments + n * CompactSettings.Harmonics + c);
        }
        T* q = work.Descriptors.Pointer + settings.RadialChannels;
        for (int l = 1; l <= CompactSettings.MaxDegree; l++)
        {
            int first = RealHarmonics.First[l], last = RealHarmonics.First[l + 1];
            foreach ((int a, int b) in _pairs)
            {
                T sum = T.Zero;
                for (int c = first; c < last; c++)
                    sum += moments[a * CompactSettings.Harmonics + c] * moments[b * CompactSettings.Harmonics + c];
                *q++ = sum;
            }
        }
    }

    /// <summary>Eight moments of one channel, each in its own register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments8(T* g, T* y, int stride, int end, T* moments)
    {
        TV m0 = TV.Constant(0), m1 = m0, m2 = m0, m3 = m0, m4 = m0, m5 = m0, m6 = m0, m7 = m0;
        for (int b = 0; b < end; b += TV.Count)
        {
            TV weight = TV.Load(g + b);
            T* at = y + b;
            m0 = TV.MultiplyAdd(weight, TV.Load(at), m0);
            m1 = TV.MultiplyAdd(weight, TV.Load(at + stride), m1);
            m2 = TV.MultiplyAdd(weight, TV.Load(at + 2 * stride), m2);
            m3 = TV.MultiplyAdd(weight, TV.Load(at + 3 * stride), m3);
            m4 = TV.MultiplyAdd(weight, TV.Load(at + 4 * stride), m4);
            m5 = TV.MultiplyAdd(weight, TV.Load(at + 5 * stride), m5);
            m6 = TV.MultiplyAdd(weight, TV.Load(at + 6 * stride), m6);
            m7 = TV.MultiplyAdd(weight, TV.Load(at + 7 * stride), m7);
        }
        moments[0] = TV.Sum(m0);
        moments[1] = TV.Sum(m1);
        moments[2] = TV.Sum(m2);
        moments[3] = TV.Sum(m3);
        moments[4] = TV.Sum(m4);
        moments[5] = TV.Sum(m5);
        moments[6] = TV.Sum(m6);
        moments[7] = TV.Sum(m7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SlopeAngular(CompactWorkspace<T> work)
    {
        CompactSettings settings = _model.Settings;
        NeighborBlock<T> near = work.Near;
        int channels = settings.AngularChannels, capacity = near.Capacity, end = near.Start[^1];
        T* moments = work.Moments.Pointer, slopes = work.MomentSlopes.Pointer, dq = work.Slopes.Pointer + settings.RadialChannels;
        work.MomentSlopes.Span.Clear();
        for (int l = 1; l <= CompactSettings.MaxDegree; l++)
        {
            int first = RealHarmonics.First[l], last = RealHarmonics.First[l + 1];
            foreach ((int a, int b) in _pairs)
            {
                T weight = *dq++;
                for (int c = first; c < last; c++)
                {
                    slopes[a * CompactSettings.Harmonics + c] += weight * moments[b * CompactSettings.Harmonics + c];
                    slopes[b * CompactSettings.Harmonics + c] += weight * moments[a * CompactSettings.Harmonics + c];
                }
            }
        }
        TV* d = (TV*)work.Registers.Pointer, radialSlopes = d + CompactSettings.Harmonics;
        T* harmonics = work.Harmonics.Pointer;
        TV zero = TV.Constant(0);
        for (int b = 0; b < end; b += TV.Count)
        {
            T* y = harmonics + b, g = work.Radial.Pointer + b;
            for (int n = 0; n < channels; n++)
                radialSlopes[n] = zero;

            // dE/dC_c = Σ_n g_n dE/dA_nc and dE/dg_n = Σ_c C_c dE/dA_nc, four components at a time.
            for (int c = 0; c < CompactSettings.Harmonics; c += 4)
            {
                TV y0 = TV.Load(y + c * capacity), y1 = TV.Load(y + (c + 1) * capacity), y2 = TV.Load(y + (c + 2) * capacity), y3 = TV.Load(y + (c + 3) * capacity);
                TV d0 = zero, d1 = zero, d2 = zero, d3 = zero;
                for (int n = 0; n < channels; n++)
                {
                    T* row = slopes + n * CompactSettings.Harmonics + c;
                    TV weight = TV.Load(g + n * capacity), s0 = TV.All(row[0]), s1 = TV.All(row[1]), s2 = TV.All(row[2]), s3 = TV.All(row[3]);
                    d0 = TV.MultiplyAdd(s0, weight, d0);
                    d1 = TV.MultiplyAdd(s1, weight, d1);
                    d2 = TV.MultiplyAdd(s2, weight, d2);
                    d3 = TV.MultiplyAdd(s3, weight, d3);
                    radialSlopes[n] = TV.MultiplyAdd(s0, y0, TV.MultiplyAdd(s1, y1, TV.MultiplyAdd(s2, y2, TV.MultiplyAdd(s3, y3, radialSlopes[n]))));
                }
                d[c] = d0;
                d[c + 1] = d1;
                d[c + 2] = d2;
                d[c + 3] = d3;
            }
            TV along = zero;
            for (int n = 0; n < channels; n++)
                along = TV.MultiplyAdd(radialSlopes[n], TV.Load(work.RadialSlope.Pointer + n * capacity + b), along);
            TV nx = TV.Load(y), ny = TV.Load(y + capacity), nz = TV.Load(y + 2 * capacity);
            TV x = TV.Load(near.X.Pointer + b), yv = TV.Load(near.Y.Pointer + b), z = TV.Load(near.Z.Pointer + b);
            TV inverse = TV.Constant(1) / TV.Sqrt(TV.MultiplyAdd(x, x, TV.MultiplyAdd(yv, yv, z * z)));
            CompactHarmonics<TV, T>.Gradient(nx, ny, nz, d, out TV gx, out TV gy, out TV gz);
            TV radial = TV.MultiplyAdd(gx, nx, TV.MultiplyAdd(gy, ny, gz * nz));
            along -= radial * inverse;
            TV.MultiplyAdd(along, nx, gx * inverse).Store(near.ForceX.Pointer + b);
            TV.MultiplyAdd(along, ny, gy * inverse).Store(near.ForceY.Pointer + b);
            TV.MultiplyAdd(along, nz, gz * inverse).Store(near.ForceZ.Pointer + b);
        }
    }

    private void SlopeRadial(CompactWorkspace<T> work, CompactWeights<T> weights)
    {
        int basis = _model.Settings.RadialBasis, channels = _model.Settings.RadialChannels, count = _weights.Length;
        T* g = work.RadialSlopes.Pointer, c = weights.Radial.Pointer, dq = work.Slopes.Pointer;
        work.RadialSlopes.Span.Clear();
        for (int n = 0; n < channels; n++)
        {
            for (int k = 0; k < count * basis; k++)
                g[k] += dq[n] * *c++;
        }
        TV zero = TV.Constant(0);
        TV* virial = (TV*)work.Registers.Pointer;
        for (int v = 0; v < 6; v++)
            virial[v] = zero;
        for (int t = 0; t < count; t++)
        {
            SlopeRadial(work.Near, t, basis, g + t * basis, virial, add: true);
            SlopeRadial(work.Far, t, basis, g + t * basis, virial, add: false);
        }
        for (int v = 0; v < 6; v++)
            work.Virial[v] += double.CreateTruncating(TV.Sum(virial[v]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SlopeRadial(NeighborBlock<T> block, int species, int basis, T* g, TV* virial, bool add)
    {
        T* xs = block.X.Pointer, ys = block.Y.Pointer, zs = block.Z.Pointer;
        T* forceX = block.ForceX.Pointer, forceY = block.ForceY.Pointer, forceZ = block.ForceZ.Pointer;
        TV xx = virial[0], yy = virial[1], zz = virial[2], xy = virial[3], xz = virial[4], yz = virial[5];
        int end = block.Start[species + 1];
        for (int b = block.Start[species]; b < end; b += TV.Count)
        {
            TV x = TV.Load(xs + b), y = TV.Load(ys + b), z = TV.Load(zs + b);
            TV r = TV.Sqrt(TV.MultiplyAdd(x, x, TV.MultiplyAdd(y, y, z * z)));
            TV slope = CompactRadial<TV, T>.Slope(r, _radialRange, basis, g) / r;
            TV fx = slope * x, fy = slope * y, fz = slope * z;
            if (add)
            {
                fx += TV.Load(forceX + b);
                fy += TV.Load(forceY + b);
                fz += TV.Load(forceZ + b);
            }
            fx.Store(forceX + b);
            fy.Store(forceY + b);
            fz.Store(forceZ + b);
            xx = TV.MultiplyAdd(x, fx, xx);
            yy = TV.MultiplyAdd(y, fy, yy);
            zz = TV.MultiplyAdd(z, fz, zz);
            xy = TV.MultiplyAdd(x, fy, xy);
            xz = TV.MultiplyAdd(x, fz, xz);
            yz = TV.MultiplyAdd(y, fz, yz);
        }
        (virial[0], virial[1], virial[2], virial[3], virial[4], virial[5]) = (xx, yy, zz, xy, xz, yz);
    }
}
