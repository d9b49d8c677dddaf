namespace SynCxr.Mesh.Provenance;

/// <summary>How an image came to be, by IPTC's list; XMP, C2PA and the files of a data set all name the same address.</summary>
public static class DigitalSourceTypes
{
    /// <summary>Made by a model that was trained on samples. The address is the value: with http, as IPTC has it.</summary>
    public const string TrainedAlgorithmicMedia = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

    /// <summary>Made by such a model from a part of another image: redrawn behind a mask, or from a start image.</summary>
    public const string CompositeWithTrainedAlgorithmicMedia =
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
}
