using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SynCxr.Mesh.Models.Graphs;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// Copies tensors between the processor's memory and places of the provider's, by a graph of one Identity: ONNX Runtime has no call for it
/// that needs no library of the provider beside the session.
/// </summary>
internal sealed class TensorCopier(OnnxSessionOptions settings) : IDisposable
{
    private const string From = "from", To = "to";
    private readonly ConcurrentDictionary<TensorElementType, InferenceSession> _sessions = new();
    private readonly RunOptions _runOptions = new();

    /// <summary>Fills a tensor with the values of another one of its type and shape.</summary>
    public void Copy(OrtValue from, OrtValue to)
    {
        using var binding = Bind(from, out var session);
        binding.BindOutput(To, to);
        session.RunWithBinding(_runOptions, binding);
        binding.SynchronizeBoundOutputs();
    }

    /// <summary>The values of a tensor.</summary>
    public float[] Read(OrtValue from)
    {
        using var binding = Bind(from, out var session);
        binding.BindOutputToDevice(To, OrtMemoryInfo.DefaultInstance);
        using var results = session.RunWithBoundResults(_runOptions, binding);
        return TensorCast.ToFloats(results[0]);
    }

    public void Dispose()
    {
        foreach (var session in _sessions.Values)
            session.Dispose();
        _runOptions.Dispose();
    }

    private OrtIoBinding Bind(OrtValue from, out InferenceSession session)
    {
        session = _sessions.GetOrAdd(from.GetTensorTypeAndShape().ElementDataType, Create);
        var binding = session.CreateIoBinding();
        binding.BindInput(From, from);
        return binding;
    }

    // ONNX Runtime numbers element types as ONNX does. A declaration without a shape takes any.
    private InferenceSession Create(TensorElementType type)
    {
        var graph = new GraphProto
        {
            Name = "copy",
            Node = { new NodeProto { OpType = "Identity", Input = { From }, Output = { To } } },
            Input = { Declare(From, type) },
            Output = { Declare(To, type) },
        };
        using var options = new OrtSessionOptions();
        ExecutionProviderNames.AppendTo(settings with { Device = settings.Device with { CudaGraphs = false } }, options);
        return new InferenceSession(OnnxMessageFactory.Model(graph).ToByteArray(), options);
    }

    private static ValueInfoProto Declare(string name, TensorElementType type) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };
}
