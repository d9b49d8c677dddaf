namespace SynCxr.Mesh.Imaging;

/// <summary>What a DICOM file says of an image of nobody. The same values give the same file.</summary>
/// <param name="Key">Text that the ids of study, series and image are a function of. Each image is a study of a person of its own.</param>
/// <param name="PatientId">Id of the person who is none, up to 64 characters.</param>
/// <param name="InstanceNumber">Number of the image in its series.</param>
/// <param name="Made">When the image was made; it stands for the time of the study.</param>
/// <param name="Generator">Name and version of the generator.</param>
/// <param name="SeriesDescription">Up to 64 characters.</param>
/// <param name="ImageComments">The text that the image was rendered from; cut at 10,240 characters.</param>
public sealed record SyntheticRadiograph(string Key, string PatientId, long InstanceNumber, DateTimeOffset Made, string Generator,
    string SeriesDescription, string ImageComments);
