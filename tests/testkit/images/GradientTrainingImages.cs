namespace SynCxr.Mesh.Testkit.Images;

/// <summary>Twelve gray gradients in Kermany's class folders.</summary>
public static class GradientTrainingImages
{
    /// <returns>The folder <c>train</c>.</returns>
    public static string Write(ScratchFolder folder) => GradientImages.WriteFolder(folder["images/train"], count: 12, shade: 0);
}
