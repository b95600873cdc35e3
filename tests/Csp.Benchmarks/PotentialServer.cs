using System.Runtime.InteropServices;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Benchmarks;

/// <summary>
/// A potential behind a pipe, so that an optimiser in another language meets the same one: <c>serve MODEL</c>. Little endian. Request: int32 N, 9 doubles
/// (rows of the lattice, Å), N int32 atomic numbers, 3N doubles (Cartesian, Å). Answer: double energy (eV), 3N doubles forces (eV/Å), 9 doubles
/// stress (eV/Å^3, tension positive), all of them NaN where the potential has no answer. Ends with its input.
/// </summary>
internal static class PotentialServer
{
    public static void Run(string model)
    {
        IPotential potential = PotentialFile.Load(model);
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        Span<byte> count = stackalloc byte[4];
        while (input.ReadAtLeast(count, 4, throwOnEndOfStream: false) == 4)
        {
            int n = MemoryMarshal.Read<int>(count);
            double[] lattice = Read<double>(input, 9);
            int[] numbers = Read<int>(input, n);
            double[] positions = Read<double>(input, 3 * n);
            Crystal crystal = Crystal.FromCartesian(Mat3.FromSpan(lattice), [.. numbers.Select(Element.FromNumber)], positions);
            double[] answer = new double[1 + 3 * n + 9];
            try
            {
                PotentialResult result = potential.Evaluate(crystal);
                answer[0] = result.Energy;
                result.Forces.CopyTo(answer, 1);
                result.Stress.ToArray().CopyTo(answer, 1 + 3 * n);
            }
            catch (Exception e) when (e is PotentialException or InvalidOperationException)
            {
                Array.Fill(answer, double.NaN);
            }
            output.Write(MemoryMarshal.AsBytes<double>(answer));
            output.Flush();
        }
    }

    private static T[] Read<T>(Stream input, int count)
        where T : unmanaged
    {
        T[] values = new T[count];
        input.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
