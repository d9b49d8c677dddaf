namespace SynCxr.Mesh.Provenance.Cbor;

/// <summary>A map of CBOR, its keys texts or integers; a value of another type than is asked for counts as absent.</summary>
internal sealed class CborMembers(IReadOnlyDictionary<object, object?> members)
{
    public bool Has(object key) => members.ContainsKey(key);

    public object? Find(object key) => members.GetValueOrDefault(key);

    public string? FindText(object key) => Find(key) as string;

    public byte[]? FindBytes(object key) => Find(key) as byte[];

    public long? FindNumber(object key) => Find(key) as long?;

    public CborMembers? FindMap(object key) => Find(key) as CborMembers;

    public IReadOnlyList<object?>? FindList(object key) => Find(key) as IReadOnlyList<object?>;
}

/// <summary>A value with a tag that says what it means.</summary>
internal sealed record CborTaggedValue(ulong Tag, object? Value);
