using System.Numerics;

namespace Csp.Physics.Sscha;

/// <summary>
/// Sobol points of up to 1110 dimensions (Sobol, USSR Comput. Math. Math. Phys. 7, 86 (1967)), each sequence scrambled by its own random lower-triangular
/// matrices and shifts (Matousek, J. Complexity 14, 527 (1998)): a point then is uniform, and independent sequences give an honest error. The primitive
/// polynomials over GF(2) are found in order of degree by their definition; the free initial direction numbers are odd numbers of a fixed random sequence.
/// </summary>
internal sealed class SobolSequence
{
    public const int MostDimensions = 1110;

    private const int Bits = 32;
    private static readonly Lazy<uint[][]> Directions = new(MakeDirections);

    private readonly uint[][] _columns;
    private readonly uint[] _shifts;
    private readonly uint[] _state;
    private uint _index;

    /// <param name="dimensions">Coordinates of a point.</param>
    /// <param name="random">Scrambles this sequence.</param>
    public SobolSequence(int dimensions, GaussianSource random)
    {
        if (dimensions > MostDimensions)
            throw new SschaException($"scrambled Sobol points have at most {MostDimensions} coordinates, and {dimensions} are needed; take another sampler");
        _columns = new uint[dimensions][];
        _shifts = new uint[dimensions];
        _state = new uint[dimensions];
        uint[] rows = new uint[Bits];
        for (int d = 0; d < dimensions; d++)
        {
            // Row k of the matrix makes bit k (from the top) out of the bits above it and itself.
            for (int k = 0; k < Bits; k++)
                rows[k] = ((uint)random.NextBits() | (1u << (Bits - 1 - k))) & (uint.MaxValue << (Bits - 1 - k));
            _columns[d] = Array.ConvertAll(Directions.Value[d], v => Scrambled(rows, v));
            _shifts[d] = (uint)random.NextBits();
        }
    }

    /// <summary>The next point, strictly inside the unit cube.</summary>
    public void Next(Span<double> point)
    {
        // Gray-code order (Antonov and Saleev, 1979): one direction number per step.
        int bit = BitOperations.TrailingZeroCount(_index);
        for (int d = 0; d < point.Length; d++)
        {
            if (_index > 0)
                _state[d] ^= _columns[d][bit];
            point[d] = ((_state[d] ^ _shifts[d]) + 0.5) / 4294967296.0;
        }
        _index++;
    }

    private static uint Scrambled(uint[] rows, uint v)
    {
        uint result = 0;
        for (int k = 0; k < Bits; k++)
            result |= (uint)(BitOperations.PopCount(rows[k] & v) & 1) << (Bits - 1 - k);
        return result;
    }

    private static uint[][] MakeDirections()
    {
        uint[][] result = new uint[MostDimensions][];
        result[0] = [.. Enumerable.Range(0, Bits).Select(k => 1u << (Bits - 1 - k))];
        GaussianSource initial = new(0x50B01);
        int found = 1;
        for (int degree = 1; found < MostDimensions; degree++)
        {
            for (uint polynomial = (1u << degree) | 1; polynomial < 2u << degree && found < MostDimensions; polynomial += 2)
            {
                if (!IsPrimitive(polynomial, degree))
                    continue;
                uint[] v = new uint[Bits];
                for (int k = 0; k < Bits; k++)
                {
                    if (k < degree)
                    {
                        uint odd = ((uint)initial.NextBits() & ((1u << (k + 1)) - 1)) | 1;
                        v[k] = odd << (Bits - 1 - k);
                        continue;
                    }
                    v[k] = v[k - degree] ^ (v[k - degree] >> degree);
                    for (int j = 1; j < degree; j++)
                    {
                        if (((polynomial >> (degree - j)) & 1) != 0)
                            v[k] ^= v[k - j];
                    }
                }
                result[found++] = v;
            }
        }
        return result;
    }

    /// <summary>Whether x generates all 2^degree - 1 non-zero residues modulo the polynomial.</summary>
    internal static bool IsPrimitive(uint polynomial, int degree)
    {
        uint order = (1u << degree) - 1;
        if (Power(order, polynomial, degree) != 1)
            return false;
        uint rest = order;
        for (uint p = 2; p <= rest; p++)
        {
            if (rest % p != 0)
                continue;
            while (rest % p == 0)
                rest /= p;
            if (order / p > 0 && order != p && Power(order / p, polynomial, degree) == 1)
                return false;
        }
        return degree == 1 || Power(1, polynomial, degree) != 1;
    }

    /// <summary>x^exponent modulo the polynomial, bit k being the coefficient of x^k.</summary>
    private static uint Power(uint exponent, uint polynomial, int degree)
    {
        uint result = 1, square = degree == 1 ? 1u : 2u;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
                result = Product(result, square, polynomial, degree);
            square = Product(square, square, polynomial, degree);
        }
        return result;
    }

    private static uint Product(uint a, uint b, uint polynomial, int degree)
    {
        uint product = 0;
        for (; b != 0; b >>= 1)
        {
            if ((b & 1) != 0)
                product ^= a;
            a <<= 1;
            if ((a >> degree) != 0)
                a ^= polynomial;
        }
        return product;
    }
}
