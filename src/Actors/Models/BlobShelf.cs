using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Csp.Actors.Models;

/// <summary>Blobs of one process by SHA-256, compressed once. Safe from several threads.</summary>
public sealed class BlobShelf
{
    private readonly ConcurrentDictionary<string, byte[]> _compressed = new();

    /// <summary>Hex SHA-256.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <returns>The blob's SHA-256, hex.</returns>
    public string Add(byte[] bytes)
    {
        string sha = HashOf(bytes);
        _compressed.TryAdd(sha, Compress(bytes));
        return sha;
    }

    public void Remove(string sha) => _compressed.TryRemove(sha, out _);

    /// <summary>A part of the compressed bytes, or null when the blob is not here.</summary>
    public BlobChunk? Chunk(GetBlob wanted)
    {
        if (!_compressed.TryGetValue(wanted.Sha, out byte[]? all) || wanted.Offset < 0 || wanted.Offset > all.Length || wanted.Length <= 0)
            return null;
        int length = Math.Min(Math.Min(wanted.Length, BlobFetch.ChunkBytes), all.Length - wanted.Offset);
        return new BlobChunk(wanted.Sha, wanted.Offset, all.Length, all[wanted.Offset..(wanted.Offset + length)]);
    }

    internal static byte[] Compress(byte[] bytes)
    {
        using MemoryStream target = new();
        using (BrotliStream brotli = new(target, CompressionLevel.Fastest, leaveOpen: true))
            brotli.Write(bytes);
        return target.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not what the hash says.</exception>
    internal static byte[] Decompress(byte[] compressed, string sha)
    {
        using MemoryStream target = new();
        try
        {
            using BrotliStream brotli = new(new MemoryStream(compressed), CompressionMode.Decompress);
            brotli.CopyTo(target);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"blob {sha[..8]} is damaged: {e.Message}", e);
        }
        byte[] bytes = target.ToArray();
        return HashOf(bytes) == sha ? bytes : throw new InvalidDataException($"blob {sha[..8]} does not have the hash that was announced");
    }
}
