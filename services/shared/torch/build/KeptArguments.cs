using System;
using System.IO;

namespace SynCxr.Mesh.Torch.Build;

/// <summary>What <see cref="KeptArguments.Apply"/> found.</summary>
public enum KeptArgumentsOutcome
{
    /// <summary>The assembly asks for unoptimised code already: untouched.</summary>
    AlreadyKept,

    /// <summary>The attribute was changed, on a file of its own.</summary>
    Patched,
}

/// <summary>
/// Keeps the arguments of an assembly's methods alive to the end of each call, by adding Default and DisableOptimizations to its
/// DebuggableAttribute. TorchSharp passes the address of a Scalar to libtorch and then holds no reference to the object: a garbage
/// collection on another thread frees the number while libtorch still reads it, which then computes with garbage or fails with "Unknown
/// scalar type". TorchSharp creates such numbers itself in every sum of two tensors, so callers can't prevent it (dotnet/TorchSharp pull
/// requests 1434 and 1496). The methods are thin wrappers: no loss of speed was measured. This file is compiled twice: into the build task,
/// and into its test.
/// </summary>
public static class KeptArguments
{
    private const byte Default = 1, DisableOptimizations = 1; // bits 0 and 8
    // length, prolog, DebuggingModes.IgnoreSymbolStoreSequencePoints, no named arguments
    private static readonly byte[] Released = [8, 1, 0, 2, 0, 0, 0, 0, 0];
    private static readonly byte[] Kept = [8, 1, 0, 2 | Default, DisableOptimizations, 0, 0, 0, 0];

    /// <summary>
    /// Patches <paramref name="path"/> if need be. The file may be a hard link into the package cache, so the new bytes go to a temporary
    /// file beside it that then takes its name: the other link never changes.
    /// </summary>
    /// <exception cref="InvalidDataException">The assembly has neither form of the attribute, or several: TorchSharp was upgraded, and this
    /// patch must be checked again.</exception>
    public static KeptArgumentsOutcome Apply(string path)
    {
        var bytes = File.ReadAllBytes(path);
        int released = Find(bytes, Released, 0), kept = Find(bytes, Kept, 0);
        if (released < 0 && kept >= 0)
            return KeptArgumentsOutcome.AlreadyKept;
        if (released < 0 || kept >= 0 || Find(bytes, Released, released + 1) >= 0)
            throw new InvalidDataException(path + ": no single DebuggableAttribute of a release build; see build/KeptArguments.cs");

        Kept.CopyTo(bytes, released);
        var temporary = path + ".kept";
        File.WriteAllBytes(temporary, bytes);
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(path)); // same size and time: the next build copies nothing
        File.Delete(path);
        File.Move(temporary, path);
        return KeptArgumentsOutcome.Patched;
    }

    private static int Find(byte[] bytes, byte[] part, int from)
    {
        for (var at = from; at <= bytes.Length - part.Length; at++)
        {
            var same = 0;
            while (same < part.Length && bytes[at + same] == part[same])
                same++;
            if (same == part.Length)
                return at;
        }

        return -1;
    }
}

#if !BUILD_TASK_LIBRARY
/// <summary>The build task: every file of a list.</summary>
public class KeepArguments : Microsoft.Build.Utilities.Task
{
    /// <summary>The assemblies to look at.</summary>
    [Microsoft.Build.Framework.Required]
    public Microsoft.Build.Framework.ITaskItem[] Files { get; set; }

    public override bool Execute()
    {
        foreach (var file in Files)
            Log.LogMessage("{0}: arguments {1}", file.ItemSpec, KeptArguments.Apply(file.ItemSpec));
        return !Log.HasLoggedErrors;
    }
}
#endif
