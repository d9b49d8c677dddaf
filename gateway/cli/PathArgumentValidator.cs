using System.Text;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Files and folders that a person named: tried before any work, and refused in one line with the option and the true cause.
/// </summary>
internal static class PathArgumentValidator
{
    /// <summary>Refuses what is no UTF-8, where the usual one puts a replacement character.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file that must be there.</summary>
    public static async Task<string> ReadTextAsync(string option, FileInfo file, CancellationToken cancellation)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"{file.FullName} is a folder; a file is wanted");
        if (!File.Exists(file.FullName))
            throw MeshException.Invalid(option, $"{file.FullName} does not exist");
        try
        {
            return await File.ReadAllTextAsync(file.FullName, Utf8, cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw MeshException.Invalid(option, $"{file.FullName} is not UTF-8 text");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, $"{file.FullName} can't be read: {DescribeCause(error)}");
        }
    }

    /// <summary>A folder that work will make: it must not be there, and it must be possible to make it.</summary>
    public static string ValidateNewFolder(string option, DirectoryInfo folder)
    {
        if (Directory.Exists(folder.FullName) || File.Exists(folder.FullName))
            throw MeshException.Invalid(option, $"{folder.FullName} exists");
        ValidateWritable(option, folder.FullName);
        return folder.FullName;
    }

    /// <summary>A folder to work in: made if it is not there.</summary>
    public static string CreateWorkFolder(string option, string folder)
    {
        if (File.Exists(folder))
            throw MeshException.Invalid(option, $"{folder} is a file; a folder is wanted");
        ValidateWritable(option, folder);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>A file that work will write into a folder that is there.</summary>
    public static string ValidateNewFile(string option, FileInfo file)
    {
        if (Directory.Exists(file.FullName))
            throw MeshException.Invalid(option, $"{file.FullName} is a folder; a file is wanted");
        if (!Directory.Exists(file.DirectoryName))
            throw MeshException.Invalid(option, $"the folder {file.DirectoryName} does not exist");
        ValidateWritable(option, file.FullName);
        return file.FullName;
    }

    /// <summary>Makes and deletes a file in the nearest folder that is there: what may be written is only known by writing.</summary>
    private static void ValidateWritable(string option, string path)
    {
        var folder = path;
        while (!Directory.Exists(folder))
        {
            if (folder != path && File.Exists(folder))
                throw MeshException.Invalid(option, $"{path} can't be made: {folder} is a file");
            folder = Path.GetDirectoryName(folder) ?? throw MeshException.Invalid(option, $"{path} can't be made: nothing above it exists");
        }

        try
        {
            using var probe = new FileStream(Path.Combine(folder, $".syncxr-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write,
                FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(option, $"{path} can't be written: {folder}: {DescribeCause(error)}");
        }
    }

    private static string DescribeCause(Exception error) => error switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "no file can be made there",
        IOException { HResult: 30 } => "a read-only file system",
        IOException { HResult: 28 } => "no space is left",
        _ => error.Message,
    };
}
