using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Crashes;

/// <summary>
/// Rehearses a crash: at the <see cref="CrashPoint"/> whose name the file of <c>Balancer:CrashPointFile</c> holds, the process kills itself
/// by SIGKILL, so that no handler, no <c>finally</c> and no buffer gets its turn. It takes the file away first: one file, one death,
/// however often and by whomever the process is started again.
/// </summary>
internal sealed class CrashInjector(IOptions<BalancerOptions> options)
{
    private readonly string _file = options.Value.CrashPointFile;

    /// <exception cref="InvalidDataException">The file names no boundary.</exception>
    public void CrashAt(CrashPoint boundary)
    {
        if (_file.Length == 0 || !File.Exists(_file))
            return;
        try
        {
            var name = File.ReadAllText(_file).Trim();
            if (!Enum.GetNames<CrashPoint>().Contains(name))
                throw new InvalidDataException($"{_file}: '{name}' is none of: {string.Join(", ", Enum.GetNames<CrashPoint>())}");
            if (name != boundary.ToString())
                return;
            File.Move(_file, _file + ".done", overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return; // somebody else was first, and dies of it
        }

        Process.GetCurrentProcess().Kill();
    }
}

/// <summary>Nobody dies by a setting where it matters.</summary>
internal sealed class CrashInjectorOptionsValidator(IHostEnvironment environment) : IValidateOptions<BalancerOptions>
{
    public ValidateOptionsResult Validate(string? name, BalancerOptions options) =>
        options.CrashPointFile.Length > 0 && environment.IsProduction()
            ? ValidateOptionsResult.Fail(
                $"Balancer:CrashPointFile is given in the environment '{environment.EnvironmentName}'; it is for rehearsals in any other")
            : ValidateOptionsResult.Success;
}
