using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>
/// Looks for numbers that an ONNX file keeps in other files: an external file name is a path of the author's choice, so such models are refused
/// before ONNX Runtime sees them. The walk follows the fields of onnx.proto that can hold a tensor, and nothing else.
/// </summary>
internal static class OnnxReferences
{
    // As deep as protocol buffers are read by default.
    private const int Deepest = 100;

    private const int ExternalData = 13;
    private const int DataLocation = 14;

    private enum Message
    {
        Model,
        TrainingInfo,
        Function,
        Graph,
        Node,
        Attribute,
        SparseTensor,
        Tensor,
    }

    private static readonly Dictionary<(Message, ulong Field), Message> Parts = new()
    {
        [(Message.Model, 7)] = Message.Graph,
        [(Message.Model, 20)] = Message.TrainingInfo,
        [(Message.Model, 25)] = Message.Function,
        [(Message.TrainingInfo, 1)] = Message.Graph,
        [(Message.TrainingInfo, 2)] = Message.Graph,
        [(Message.Function, 7)] = Message.Node,
        [(Message.Function, 11)] = Message.Attribute,
        [(Message.Graph, 1)] = Message.Node,
        [(Message.Graph, 5)] = Message.Tensor,
        [(Message.Graph, 15)] = Message.SparseTensor,
        [(Message.Node, 5)] = Message.Attribute,
        [(Message.Attribute, 5)] = Message.Tensor,
        [(Message.Attribute, 6)] = Message.Graph,
        [(Message.Attribute, 10)] = Message.Tensor,
        [(Message.Attribute, 11)] = Message.Graph,
        [(Message.Attribute, 22)] = Message.SparseTensor,
        [(Message.Attribute, 23)] = Message.SparseTensor,
        [(Message.SparseTensor, 1)] = Message.Tensor,
        [(Message.SparseTensor, 2)] = Message.Tensor,
    };

    /// <exception cref="PotentialException">The model refers to another file, or is no well-formed message.</exception>
    public static void Refuse(ReadOnlySpan<byte> model) => Walk(model, Message.Model, 0);

    private static void Walk(ReadOnlySpan<byte> bytes, Message message, int depth)
    {
        if (depth > Deepest)
            throw Malformed();
        while (!bytes.IsEmpty)
        {
            ulong tag = Varint(ref bytes), field = tag >> 3;
            switch (tag & 7)
            {
                case 0:
                    ulong value = Varint(ref bytes);
                    if (message == Message.Tensor && field == DataLocation && value != 0)
                        throw Elsewhere();
                    break;
                case 1:
                    Take(ref bytes, 8);
                    break;
                case 2:
                    ReadOnlySpan<byte> content = Take(ref bytes, Varint(ref bytes));
                    if (message == Message.Tensor && field == ExternalData)
                        throw Elsewhere();
                    if (Parts.TryGetValue((message, field), out Message part))
                        Walk(content, part, depth + 1);
                    break;
                case 5:
                    Take(ref bytes, 4);
                    break;
                default:
                    throw Malformed();
            }
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Take(ref bytes, 1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Malformed();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, ulong count)
    {
        if (count > (ulong)bytes.Length)
            throw Malformed();
        ReadOnlySpan<byte> taken = bytes[..(int)count];
        bytes = bytes[(int)count..];
        return taken;
    }

    private static PotentialException Elsewhere() => new("the ONNX file keeps numbers in another file, which is not opened; store them inside of it");

    private static PotentialException Malformed() => new("the file is neither a model of ours nor an ONNX file that can be run (it is no well-formed protocol buffer)");
}
