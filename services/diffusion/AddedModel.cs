using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// A model below <c>Diffusion:ModelRoot</c>: its card is read when the folder is first seen, its graphs when a request first names it. A
/// model that is wrong stays refused until a file of it changes; a fault of the machine (a disk, memory, a permission) is met again by the
/// next request, which loads anew.
/// </summary>
/// <param name="folder">The model folder.</param>
/// <param name="written">When its card was written.</param>
/// <param name="card">The card; null where it can't be read.</param>
/// <param name="problem">What is wrong with the card; empty for nothing.</param>
/// <param name="load">Loads it, which checks every file.</param>
internal sealed class AddedModel(string folder, DateTime written, ModelCard? card, string problem, Func<string, IDiffusionEngine> load)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(5);
    private static readonly EnumerationOptions _everyFile =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 };
    private readonly Lock _lock = new();
    private readonly Lazy<string> _digest = new(
        () => ModelFolder.DigestOfSums(folder) ?? ModelFolder.DigestOf(folder), LazyThreadSafetyMode.PublicationOnly);
    private Task<IDiffusionEngine>? _loading;
    private string _filesOfLoad = "";

    public string Folder => folder;

    /// <summary>The card; null where it can't be read.</summary>
    public ModelCard? Card => card;

    /// <summary>The card's name; the folder's where the card can't be read.</summary>
    public string Name => card?.Name ?? Path.GetFileName(folder);

    /// <summary>The digest that its SHA256SUMS make; loading checks it.</summary>
    public string Digest => _digest.Value;

    /// <summary>The engine; null where it isn't loaded yet, or can't be.</summary>
    public IDiffusionEngine? Engine => _loading is { IsCompletedSuccessfully: true } done ? done.GetAwaiter().GetResult() : null;

    /// <summary>What is wrong with the model; empty where nothing is known against it.</summary>
    public string Problem => problem.Length > 0 ? problem
        : _loading?.Exception?.InnerException is InvalidDataException refusal ? refusal.Message : "";

    /// <summary>The load that goes on or has ended; a task that is done where none was started.</summary>
    public Task Loading => _loading ?? Task.CompletedTask;

    /// <summary>
    /// True where the folder holds another model by now: its card was written again, or a file of a model that was refused has changed.
    /// </summary>
    public bool IsOutdated =>
        File.GetLastWriteTimeUtc(Path.Combine(folder, ModelFolder.CardFile)) != written
            || (_filesOfLoad.Length > 0 && Problem.Length > 0 && _filesOfLoad != DescribeFiles());

    /// <summary>Loads the model, once for all who ask.</summary>
    /// <param name="field">The field that names the model.</param>
    /// <exception cref="MeshException">INVALID_FIELD: the model is wrong; the file that is wrong is named. MODEL_NOT_LOADED: it can't be
    /// loaded now, and may be later.</exception>
    public async Task<IDiffusionEngine> LoadAsync(string field, CancellationToken cancellation)
    {
        var loading = Task.FromException<IDiffusionEngine>(new InvalidDataException(problem));
        if (problem.Length == 0)
            loading = StartLoading();
        try
        {
            return await loading.WaitAsync(cancellation);
        }
        catch (InvalidDataException refusal)
        {
            throw MeshException.Invalid(field, $"The model '{Name}' can't be loaded: {WithoutPlace(refusal.Message)}");
        }
        catch (Exception fault) when (loading.IsFaulted && fault is not MeshException)
        {
            throw new MeshException(ErrorReasons.ModelNotLoaded,
                $"{field}: The model '{Name}' can't be loaded now: {WithoutPlace(fault.Message)}", retryAfter: _retryAfter);
        }
    }

    private Task<IDiffusionEngine> StartLoading()
    {
        lock (_lock)
        {
            if (_loading is null or { IsFaulted: true, Exception.InnerException: not InvalidDataException })
            {
                _loading = Task.Run(() =>
                {
                    _filesOfLoad = DescribeFiles();
                    return load(folder);
                });
            }
            return _loading;
        }
    }

    // Names, sizes and times of the files: what shows that one was replaced, without reading any.
    private string DescribeFiles() => string.Join('\n', new DirectoryInfo(folder).EnumerateFiles("*", _everyFile)
        .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}").Order(StringComparer.Ordinal));

    // A caller need not know where on this machine it lies.
    private string WithoutPlace(string message) => message.Replace(folder, Name, StringComparison.Ordinal);
}
