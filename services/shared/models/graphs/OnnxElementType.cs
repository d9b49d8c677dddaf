namespace SynCxr.Mesh.Models.Graphs;

/// <summary>Element types of tensors, numbered as ONNX numbers them.</summary>
public enum OnnxElementType
{
    Float = 1,
    Int32 = 6,
    Int64 = 7,
    Float16 = 10,
    Double = 11,
    BFloat16 = 16,
}
