using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Checks the files and folders named on the command line before any work begins, so that a wrong one costs no minutes. Every method
/// throws <see cref="MeshException"/> with the name of the option and the cause.
/// </summary>
internal static class PathArgumentValidator
{
    /// <summary>NAME_MAX of Linux's file systems.</summary>
    private const int MaxNameBytes = 255;

    /// <summary>Throws on bytes that are not UTF-8; <see cref="Encoding.UTF8"/> would put a replacement character in their place.</summary>
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file that must exist and hold UTF-8 text.</summary>
    public static async Task<string> ReadTextAsync(string option, FileInfo file, CancellationToken cancellation)
    {
        try
        {
            using var reader = new StreamReader(
                new MemoryStream(await ReadBytesAsync(option, file, Array.MaxLength, cancellation)), _strictUtf8);
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw MeshException.Invalid(option, $"The file '{file.FullName}' is not UTF-8 text. Save it as UTF-8.");
        }
    }

    /// <summary>Reads a file that must exist.</summary>
    /// <param name="most">Most bytes that it may have.</param>
    public static async Task<byte[]> ReadBytesAsync(string option, FileInfo file, long most, CancellationToken cancellation)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' is a folder. Give a file.");
        if (!File.Exists(file.FullName))
            throw MeshException.Invalid(option, $"The file '{file.FullName}' does not exist.");
        if (!RegularFileProbe.IsRegular(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' is a pipe or a device. Give a file.");
        if (file.Length > most)
            throw MeshException.Invalid(option, $"The file '{file.FullName}' has {file.Length} bytes. At most {most} are taken.");
        try
        {
            return await File.ReadAllBytesAsync(file.FullName, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, $"The file '{file.FullName}' can't be read: {WritableFolderProbe.DescribeCause(error)}.");
        }
    }

    /// <summary>Checks a folder that the command will make: it must not exist, and it must be possible to make it.</summary>
    /// <returns>Its full path.</returns>
    public static string ValidateNewFolder(string option, DirectoryInfo folder)
    {
        if (Directory.Exists(folder.FullName) || File.Exists(folder.FullName))
            throw MeshException.Invalid(option, $"'{folder.FullName}' exists. Give the name of a new folder.");
        ValidateWritable(option, folder.FullName);
        return folder.FullName;
    }

    /// <summary>Makes a folder to work in where it does not exist.</summary>
    /// <returns>Its path, as given.</returns>
    public static string CreateWorkFolder(string option, string folder)
    {
        if (File.Exists(folder))
            throw MeshException.Invalid(option, $"'{folder}' is a file. Give a folder.");
        ValidateWritable(option, folder);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Checks a file that the command will write: it must not exist, and its folder must exist and be writable.</summary>
    /// <returns>Its full path.</returns>
    public static string ValidateNewFile(string option, FileInfo file)
    {
        if (File.Exists(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' exists. Give the name of a new file.");
        return ValidateFile(option, file);
    }

    /// <summary>Checks a file that the command will write, in the place of one of that name: its folder must exist and be
    /// writable.</summary>
    /// <returns>Its full path.</returns>
    public static string ValidateFile(string option, FileInfo file)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' is a folder. Give a file.");
        if (!Directory.Exists(file.DirectoryName))
            throw MeshException.Invalid(option, $"The folder '{file.DirectoryName}' does not exist. Make it first.");
        ValidateWritable(option, File.Exists(file.FullName) ? file.DirectoryName : file.FullName);
        return file.FullName;
    }

    private static void ValidateWritable(string option, string path)
    {
        var longest = path.Split(Path.DirectorySeparatorChar).Max(Encoding.UTF8.GetByteCount);
        if (longest > MaxNameBytes)
            throw MeshException.Invalid(option, $"A name in the path has {longest} bytes. At most {MaxNameBytes} are taken.");
        if (WritableFolderProbe.FindProblem(path) is { } problem)
            throw MeshException.Invalid(option, problem + ".");
    }
}
