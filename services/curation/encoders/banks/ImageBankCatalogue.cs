using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Curation.Encoders.Banks;

/// <summary>The banks below a root, each read when it is first named or listed.</summary>
internal sealed class ImageBankCatalogue(IOptions<CurationOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ImageBank> _read = new(StringComparer.Ordinal);

    private string Root => options.Value.BankRoot.Length == 0 ? "" : CurationOptions.ResolvePath(options.Value.BankRoot);

    /// <summary>By name, those that can't be used included.</summary>
    public IReadOnlyList<ImageBank> List()
    {
        var root = Root;
        string[] names = Directory.Exists(root)
            ? [.. Directory.EnumerateDirectories(root).Select(folder => Path.GetFileName(folder)).Where(name => name[0] != '.')
                .Order(StringComparer.Ordinal)] : [];
        lock (_lock)
            return [.. names.Select(Read)];
    }

    /// <summary>The bank of a name; null where there is none.</summary>
    public ImageBank? Find(string name) => List().FirstOrDefault(bank => bank.Name == name);

    // Kept once it was read: a bank that is made again counts from the next start on, as models do.
    private ImageBank Read(string name)
    {
        if (!_read.TryGetValue(name, out var bank) || bank.Problem is not null)
            _read[name] = bank = ImageBank.Read(Path.Combine(Root, name));
        return bank;
    }
}
