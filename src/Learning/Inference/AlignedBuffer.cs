namespace Csp.Learning.Inference;

/// <summary>Numbers at a fixed address that is a multiple of 64 bytes, so that vector loads never straddle cache lines. Freed by the garbage collector.</summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private readonly byte[] _memory;

    /// <summary>Zeros.</summary>
    public AlignedBuffer(int count)
    {
        Count = count;
        _memory = GC.AllocateArray<byte>(count * sizeof(T) + 64, pinned: true);
        nint address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[0]);
        Pointer = (T*)((address + 63) & ~(nint)63);
    }

    public AlignedBuffer(ReadOnlySpan<T> values)
        : this(values.Length) => values.CopyTo(Span);

    public int Count { get; }

    public T* Pointer { get; }

    public Span<T> Span => new(Pointer, Count);

    /// <summary>Keeps the memory alive up to this point of the caller.</summary>
    public void KeepAlive() => GC.KeepAlive(_memory);
}
