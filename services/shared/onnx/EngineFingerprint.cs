using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using ArmAdvSimd = System.Runtime.Intrinsics.Arm.AdvSimd;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// What the bytes of an ONNX result depend on: runtime and version, execution provider, operating system, processor and its widest vector
/// instructions. Threads and batch size are left out: tests prove that results do not depend on them.
/// </summary>
public static class EngineFingerprint
{
    /// <summary>The fingerprint of this process with these options, for example <c>onnxruntime-1.31.1/cpu/linux-x64/avx2</c>.</summary>
    public static string Describe(OnnxSessionOptions settings) =>
        $"onnxruntime-{OrtEnv.Instance().GetVersionString()}/{settings.ExecutionProvider}/{System}-{Processor}/{InstructionSet}";

    private static string System =>
        OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "other";

#pragma warning disable CA1308 // Runtime identifiers such as "x64" and "arm64" are lower case.
    private static string Processor => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private static string InstructionSet =>
        Avx512F.IsSupported ? "avx512f" : Avx2.IsSupported ? "avx2" : Avx.IsSupported ? "avx" : ArmAdvSimd.IsSupported ? "neon" : "scalar";
}
