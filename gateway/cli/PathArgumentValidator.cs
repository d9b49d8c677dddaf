using System.Text;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Checks the files and folders named on the command line before any work begins, so that a wrong one costs no minutes. Every method
/// throws <see cref="MeshException"/> with the name of the option and the cause.
/// </summary>
internal static class PathArgumentValidator
{
    /// <summary>EROFS and ENOSPC of Linux, which .NET gives as the HResult.</summary>
    private const int ReadOnlyFileSystem = 30, NoSpaceLeft = 28;

    /// <summary>Throws on bytes that are not UTF-8; <see cref="Encoding.UTF8"/> would put a replacement character in their place.</summary>
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file that must exist and hold UTF-8 text.</summary>
    public static async Task<string> ReadTextAsync(string option, FileInfo file, CancellationToken cancellation)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' is a folder. Give a file.");
        if (!File.Exists(file.FullName))
            throw MeshException.Invalid(option, $"The file '{file.FullName}' does not exist.");
        try
        {
            return await File.ReadAllTextAsync(file.FullName, _strictUtf8, cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw MeshException.Invalid(option, $"The file '{file.FullName}' is not UTF-8 text. Save it as UTF-8.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, $"The file '{file.FullName}' can't be read: {DescribeCause(error)}.");
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

    /// <summary>Checks a file that the command will write: its folder must exist and be writable.</summary>
    /// <returns>Its full path.</returns>
    public static string ValidateNewFile(string option, FileInfo file)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"'{file.FullName}' is a folder. Give a file.");
        if (!Directory.Exists(file.DirectoryName))
            throw MeshException.Invalid(option, $"The folder '{file.DirectoryName}' does not exist. Make it first.");
        ValidateWritable(option, file.FullName);
        return file.FullName;
    }

    /// <summary>
    /// Makes and deletes a file in the nearest folder that exists: permissions, quotas and read-only mounts are only known by writing.
    /// </summary>
    private static void ValidateWritable(string option, string path)
    {
        var folder = path;
        while (!Directory.Exists(folder))
        {
            if (folder != path && File.Exists(folder))
                throw MeshException.Invalid(option, $"'{path}' can't be made: '{folder}' is a file.");
            folder = Path.GetDirectoryName(folder)
                ?? throw MeshException.Invalid(option, $"'{path}' can't be made: none of the folders above it exists.");
        }

        try
        {
            var name = Path.Combine(folder, $".syncxr-{Guid.NewGuid():N}");
            using var probe = new FileStream(
                name, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, $"'{path}' can't be written, since of '{folder}' the system says: {DescribeCause(error)}.");
        }
    }

    private static string DescribeCause(Exception error) => error switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "no file can be made in it",
        IOException { HResult: ReadOnlyFileSystem } => "it is on a read-only file system",
        IOException { HResult: NoSpaceLeft } => "no space is left on the disk",
        _ => error.Message.TrimEnd('.'),
    };
}
