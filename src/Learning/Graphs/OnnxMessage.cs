using Google.Protobuf;

namespace Csp.Learning.Graphs;

/// <summary>
/// One protocol-buffer message being written: the few field kinds that ONNX needs (onnx.proto, IR version 9). Field numbers are the caller's.
/// </summary>
internal sealed class OnnxMessage
{
    private readonly MemoryStream _bytes = new();

    public OnnxMessage Int(int field, long value) => Write(o =>
    {
        o.WriteTag(field, WireFormat.WireType.Varint);
        o.WriteInt64(value);
    });

    public OnnxMessage Text(int field, string value) => Write(o =>
    {
        o.WriteTag(field, WireFormat.WireType.LengthDelimited);
        o.WriteString(value);
    });

    public OnnxMessage Raw(int field, byte[] value) => Write(o =>
    {
        o.WriteTag(field, WireFormat.WireType.LengthDelimited);
        o.WriteBytes(UnsafeByteOperations.UnsafeWrap(value));
    });

    public OnnxMessage Message(int field, OnnxMessage value) => Raw(field, value.ToArray());

    public byte[] ToArray() => _bytes.ToArray();

    private OnnxMessage Write(Action<CodedOutputStream> write)
    {
        using CodedOutputStream output = new(_bytes, leaveOpen: true);
        write(output);
        return this;
    }

    /// <summary>TensorProto: dims, element type (1 float, 7 int64, 11 double), name, raw little-endian data.</summary>
    public static OnnxMessage Tensor(string name, TensorData data)
    {
        OnnxMessage tensor = new();
        foreach (long d in data.Shape)
            tensor.Int(1, d);
        byte[] raw = new byte[Buffer.ByteLength(data.Values)];
        Buffer.BlockCopy(data.Values, 0, raw, 0, raw.Length);
        return tensor.Int(2, ElementCode(data.Values)).Text(8, name).Raw(9, raw);
    }

    /// <summary>ValueInfoProto of a tensor whose dimensions may be symbols.</summary>
    public static OnnxMessage ValueInfo(string name, int elementCode, Shape shape)
    {
        OnnxMessage dims = new();
        foreach (Dim d in shape.Dims)
            dims.Message(1, d.IsNumber ? new OnnxMessage().Int(1, d.Factor) : new OnnxMessage().Text(2, d.ToString()));
        return new OnnxMessage().Text(1, name).Message(2, new OnnxMessage().Message(1, new OnnxMessage().Int(1, elementCode).Message(2, dims)));
    }

    /// <summary>AttributeProto of an integer, a list of integers, a string or a tensor.</summary>
    public static OnnxMessage Attribute(string name, object value)
    {
        OnnxMessage attribute = new OnnxMessage().Text(1, name);
        switch (value)
        {
            case long i:
                return attribute.Int(3, i).Int(20, 2);
            case string s:
                return attribute.Text(4, s).Int(20, 3);
            case TensorData t:
                return attribute.Message(5, Tensor("", t)).Int(20, 4);
            case long[] list:
                foreach (long i in list)
                    attribute.Int(8, i);
                return attribute.Int(20, 7);
            default:
                throw new ArgumentException($"no ONNX attribute is made of {value.GetType().Name}");
        }
    }

    public static int ElementCode(Array values) => values switch { float[] => 1, long[] => 7, double[] => 11, _ => throw new ArgumentException("not a tensor") };
}
