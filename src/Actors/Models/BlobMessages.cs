using Csp.Actors.Serialization;
using MessagePack;

namespace Csp.Actors.Models;

/// <summary>Asks for a part of a compressed blob (model or data set), named by the SHA-256 (hex) of its uncompressed bytes.</summary>
[MessagePackObject]
public sealed record GetBlob([property: Key(0)] string Sha, [property: Key(1)] int Offset, [property: Key(2)] int Length) : ICspMessage;

/// <param name="Total">Compressed bytes of the whole blob.</param>
[MessagePackObject]
public sealed record BlobChunk(
    [property: Key(0)] string Sha, [property: Key(1)] int Offset, [property: Key(2)] int Total, [property: Key(3)] byte[] Bytes) : ICspMessage;

/// <summary>The asked actor does not have it.</summary>
[MessagePackObject]
public sealed record BlobMissing([property: Key(0)] string Sha) : ICspMessage;
