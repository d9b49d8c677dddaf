namespace SynCxr.Mesh.Report.Ner;

/// <summary>The ways to make spans of labelled tokens.</summary>
public static class AggregationNames
{
    /// <summary>As RaTEScore joins what RaTE-NER finds: for that model, and for texts that are compared with its figures.</summary>
    public const string Rate = "rate";

    /// <summary>Each token by itself: to look at a model.</summary>
    public const string None = "none";

    /// <summary>Neighbouring tokens of one type are joined: for models that label every piece of a word.</summary>
    public const string Simple = "simple";

    /// <summary>A word has the label of its first piece: for models that learnt to label that one only.</summary>
    public const string First = "first";

    /// <summary>A word has the label of the mean probabilities of its pieces.</summary>
    public const string Average = "average";

    /// <summary>A word has the label of its surest piece.</summary>
    public const string Max = "max";

    public static IReadOnlyList<string> All { get; } = [Rate, None, Simple, First, Average, Max];
}
