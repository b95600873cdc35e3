using System.Diagnostics;
using System.IO.Compression;
using Csp.Learning.Checkpoints;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests;

/// <summary>What all tests with files of other people ask of a reader.</summary>
internal static class Hostile
{
    private const long MemoryLimit = 200 << 20;

    /// <summary>
    /// Reads many times: each ends in a model or in the reader's own exception, one sentence without control characters, within seconds and without gigabytes.
    /// </summary>
    /// <returns>How often it was refused.</returns>
    public static int Fuzz(int rounds, int seed, Action<Random> read, int longest = 700)
    {
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(random);
            }
            catch (Exception e) when (e is CheckpointException or PotentialException)
            {
                Assert.DoesNotContain(e.Message, char.IsControl);
                Assert.InRange(e.Message.Length, 10, longest);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        }
        return refused;
    }

    /// <summary>The pickle of a PyTorch checkpoint.</summary>
    public static byte[] PickleOf(string checkpoint)
    {
        using ZipArchive archive = ZipFile.OpenRead(checkpoint);
        using Stream stream = archive.Entries.First(e => e.Name == "data.pkl").Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
