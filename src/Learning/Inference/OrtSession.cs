using Csp.Learning.Graphs;
using Csp.Physics.Potentials;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Tensor = Csp.Learning.Graphs.Tensor;

namespace Csp.Learning.Inference;

/// <summary>
/// An ONNX model in ONNX Runtime on the CPU. Always one intra-op and one inter-op thread, sequential: with more, ScatterND(add) races and
/// silently gives wrong sums. Callers spread work over threads instead: <see cref="Evaluate"/> is safe to call from many at once.
/// </summary>
public sealed class OrtSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _outputs;

    /// <param name="model">The model file.</param>
    /// <exception cref="PotentialException">Not a model that ONNX Runtime can run.</exception>
    public OrtSession(byte[] model)
    {
        using SessionOptions options = Options();
        Execution = new OrtExecution(options.IntraOpNumThreads, options.InterOpNumThreads, options.ExecutionMode == ExecutionMode.ORT_SEQUENTIAL, options.LogSeverityLevel);
        try
        {
            _session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new PotentialException($"ONNX Runtime refuses the model: {e.Message}", e);
        }
        InputNames = [.. _session.InputMetadata.Keys];
        _outputs = [.. _session.OutputMetadata.Keys];
    }

    /// <summary>Emits nodes of a graph and opens them.</summary>
    /// <inheritdoc cref="OnnxEmitter.Emit"/>
    public static OrtSession Compile(
        IReadOnlyList<(string Name, Tensor Value)> outputs, Precision precision, IReadOnlyDictionary<string, TensorData>? initializers = null) =>
        new(OnnxEmitter.Emit(outputs, precision, initializers));

    /// <summary>How the model is run; a test holds this to one thread.</summary>
    public OrtExecution Execution { get; }

    public IReadOnlyList<string> InputNames { get; }

    public IReadOnlyList<string> OutputNames => _outputs;

    /// <summary>An input as the model declares it.</summary>
    public OrtDeclaration InputOf(string name) => Declared(_session.InputMetadata[name]);

    /// <summary>An output as the model declares it.</summary>
    public OrtDeclaration OutputOf(string name) => Declared(_session.OutputMetadata[name]);

    /// <summary>Key-value pairs stored in the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>All outputs by name. Thread-safe.</summary>
    /// <param name="inputs">By name; others than the model's are ignored. Reals are converted to the model's precision where they differ.</param>
    /// <exception cref="PotentialException">An input is missing or has the wrong shape.</exception>
    public Dictionary<string, TensorData> Evaluate(IReadOnlyDictionary<string, TensorData> inputs)
    {
        OrtValue[] values = new OrtValue[InputNames.Count];
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                string name = InputNames[i];
                values[i] = inputs.TryGetValue(name, out TensorData? data)
                    ? ToOrt(data, _session.InputMetadata[name].ElementDataType)
                    : throw new PotentialException($"the model needs an input '{name}'");
            }
            using RunOptions run = new();
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(run, InputNames, values, _outputs);
            Dictionary<string, TensorData> outputs = [];
            for (int i = 0; i < _outputs.Length; i++)
                outputs[_outputs[i]] = FromOrt(results[i]);
            return outputs;
        }
        catch (OnnxRuntimeException e)
        {
            throw new PotentialException($"ONNX Runtime: {e.Message}", e);
        }
        finally
        {
            // Run does not keep its arguments alive, and a value that is dropped keeps its array pinned for ever.
            foreach (OrtValue? value in values)
                value?.Dispose();
        }
    }

    public void Dispose() => _session.Dispose();

    private static SessionOptions Options()
    {
        SessionOptions options = new()
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // ONNX Runtime's own format would be recognised too, and its reader trusts more than a protocol buffer's.
        options.AddSessionConfigEntry("session.load_model_format", "ONNX");
        return options;
    }

    private static OrtDeclaration Declared(NodeMetadata node) => node.IsTensor
        ? new OrtDeclaration(node.Dimensions, node.ElementDataType is TensorElementType.Float or TensorElementType.Double, node.ElementDataType == TensorElementType.Int64)
        : new OrtDeclaration(null, false, false);

    private static OrtValue ToOrt(TensorData data, TensorElementType type) => (type switch
    {
        TensorElementType.Float => data.In(Precision.Float32),
        TensorElementType.Double => data.In(Precision.Float64),
        _ => data,
    }).Values switch
    {
        float[] f => OrtValue.CreateTensorValueFromMemory(f, data.Shape),
        double[] d => OrtValue.CreateTensorValueFromMemory(d, data.Shape),
        Array l => OrtValue.CreateTensorValueFromMemory((long[])l, data.Shape),
    };

    private static TensorData FromOrt(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.ElementDataType switch
        {
            TensorElementType.Float => TensorData.Of(value.GetTensorDataAsSpan<float>().ToArray(), info.Shape),
            TensorElementType.Double => TensorData.Of(value.GetTensorDataAsSpan<double>().ToArray(), info.Shape),
            TensorElementType.Int64 => TensorData.Of(value.GetTensorDataAsSpan<long>().ToArray(), info.Shape),
            TensorElementType type => throw new PotentialException($"the model's output has elements of type {type}"),
        };
    }
}

/// <summary>What a model says about an input or output.</summary>
/// <param name="Shape">-1 where it is free; null for something that is no tensor.</param>
/// <param name="IsReal">float or double.</param>
/// <param name="IsIndex">int64.</param>
public sealed record OrtDeclaration(int[]? Shape, bool IsReal, bool IsIndex);

/// <summary>How ONNX Runtime was told to execute.</summary>
public sealed record OrtExecution(int IntraOpThreads, int InterOpThreads, bool Sequential, OrtLoggingLevel LogLevel);
