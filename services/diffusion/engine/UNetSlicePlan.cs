using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// Splits the rows of a batch, which have one latent shape, into runs of the U-Net: rows of one timestep where its graph takes one for all,
/// rows of one number of text states, and as many as the graph wants.
/// </summary>
internal static class UNetSlicePlan
{
    public static IEnumerable<RowSlice> Split(IReadOnlyList<UNetRow> rows, UNetSession unet, RowSliceRunner slices) =>
        rows.Index()
            .GroupBy(row => (unet.TakesOneTimestep ? row.Item.Timestep : 0, row.Item.States.Length), row => row.Index)
            .SelectMany(group => slices.Split([.. group], unet.FixedBatch));
}
