namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>Writes the report of a set of entities.</summary>
public interface ICaptionWriter
{
    /// <param name="entities">Entity ids of the shipped vocabulary.</param>
    /// <param name="seed">Seed of the wording.</param>
    /// <returns>The IMPRESSION; null if no report of this set passed its entity check.</returns>
    Task<string?> WriteAsync(IReadOnlyList<string> entities, ulong seed, CancellationToken cancellation);
}
