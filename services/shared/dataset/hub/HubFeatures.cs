using Google.Protobuf.Reflection;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets.Hub;

/// <summary>The columns that a data set has in Hugging Face's <c>datasets</c>.</summary>
public static class HubFeatures
{
    private static readonly HubFeature _text = new HubFeature.Value("string");
    private static readonly HubFeature _integer = new HubFeature.Value("int64");
    private static readonly HubFeature _image = new HubFeature.Value("image");
    private static readonly HubFeature _label = new HubFeature.ClassLabel(ChexpertLabels.ValueNames);

    // What a report holds where several checks read it, and only then.
    private static readonly FieldDescriptor[] _ofSeveralChecks =
    [
        ReportAttempt.Descriptor.FindFieldByNumber(ReportAttempt.VerdictsFieldNumber),
        RadiologyReport.Descriptor.FindFieldByNumber(RadiologyReport.FurtherCheckersFieldNumber),
    ];

    // What a verdict holds where a chat model gave it, and only then.
    private static readonly FieldDescriptor[] _ofChatJudges =
    [
        QualityAnswer.Descriptor.FindFieldByNumber(QualityAnswer.InconclusiveFieldNumber),
        QualityAnswer.Descriptor.FindFieldByNumber(QualityAnswer.SaidFieldNumber),
        CurationVerdict.Descriptor.FindFieldByNumber(CurationVerdict.ServedModelFieldNumber),
    ];

    private static readonly FieldDescriptor _ofAlignment =
        CurationVerdict.Descriptor.FindFieldByNumber(CurationVerdict.AlignmentFieldNumber);

    private static readonly FieldDescriptor _ofAlignmentThreshold =
        ReportAlignment.Descriptor.FindFieldByNumber(ReportAlignment.ThresholdFieldNumber);

    /// <summary>Of the shards, read as WebDataset: a column a member, and what the library adds itself.</summary>
    /// <param name="hasSeveralChecks">True where several checks read the reports.</param>
    /// <param name="isJudgedByChat">True where a chat model judged the images.</param>
    /// <param name="alignment">What measured how near images are to their reports; null for nothing.</param>
    public static IReadOnlyList<(string Name, HubFeature Type)> OfShards(
        bool hasSeveralChecks, bool isJudgedByChat, ResolvedAlignment? alignment) =>
    [
        ("png", _image),
        ("txt", _text),
        ("report.txt", _text),
        ("json", new HubFeature.Struct(
        [
            ("index", _integer),
            ("split", _text),
            ("spec_digest", _text),
            ("entities", new HubFeature.List(_text)),
            ("attempts", _integer),
            ("digital_source_type", _text),
            ("sets_replaced", _integer),
            ("labels", new HubFeature.Struct([.. ChexpertLabels.All.Select(name => (ChexpertLabels.KeyOf(name), _label))])),
            ("report", OfMessage(RadiologyReport.Descriptor,
                [RadiologyReport.Descriptor.FindFieldByNumber(RadiologyReport.LabelsFieldNumber),
                    .. hasSeveralChecks ? [] : _ofSeveralChecks])),
            ("image", OfMessage(GeneratedImage.Descriptor,
                [GeneratedImage.Descriptor.FindFieldByNumber(GeneratedImage.Sha256FieldNumber),
                    GeneratedImage.Descriptor.FindFieldByNumber(GeneratedImage.SizeBytesFieldNumber)])),
            ("verdict", OfMessage(CurationVerdict.Descriptor,
                [.. isJudgedByChat ? [] : _ofChatJudges, .. alignment is null ? [_ofAlignment] : Array.Empty<FieldDescriptor>(),
                    .. alignment?.Threshold is null ? [_ofAlignmentThreshold] : Array.Empty<FieldDescriptor>()])),
        ])),
        ("__key__", _text),
        ("__url__", _text),
    ];

    /// <summary>Of a table, read as Parquet.</summary>
    public static IReadOnlyList<(string Name, HubFeature Type)> OfTable<TRow>(TableSchema<TRow> schema)
    {
        var labels = ChexpertLabels.All.Select(PairTableSchema.LabelColumnOf).ToHashSet(StringComparer.Ordinal);
        return [.. schema.Columns.Select(c => (c.Name, labels.Contains(c.Name) ? _label : c.Type switch
        {
            ColumnType.TextList => new HubFeature.List(_text),
            ColumnType.Integer32 => new HubFeature.Value("int32"),
            ColumnType.Integer64 => _integer,
            ColumnType.Real64 => new HubFeature.Value("float64"),
            ColumnType.Boolean => new HubFeature.Value("bool"),
            _ => _text,
        }))];
    }

    /// <summary>The pairs as Parquet with their images in it.</summary>
    public static IReadOnlyList<(string Name, HubFeature Type)> OfPairsWithImages { get; } =
        [("image", _image), .. OfTable(PairTableSchema.Instance)];

    /// <summary>A message as its proto JSON holds it.</summary>
    /// <param name="without">Fields of it, and of the messages in it, that are not there.</param>
    private static HubFeature.Struct OfMessage(MessageDescriptor message, FieldDescriptor[] without)
    {
        var members = new List<(string, HubFeature)>();
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            if (!without.Contains(field))
                members.Add((field.Name, field.IsRepeated ? new HubFeature.List(OfField(field, without)) : OfField(field, without)));
        }

        return new HubFeature.Struct(members);
    }

    /// <summary>64-bit integers, enums and bytes are texts in proto JSON.</summary>
    private static HubFeature OfField(FieldDescriptor field, FieldDescriptor[] without) => field.FieldType switch
    {
        FieldType.Message when !field.IsMap => OfMessage(field.MessageType, without),
        FieldType.Message => throw new NotSupportedException($"{field.FullName} is a map, which has no fixed columns."),
        FieldType.Double => new HubFeature.Value("float64"),
        FieldType.Float => new HubFeature.Value("float32"),
        FieldType.Bool => new HubFeature.Value("bool"),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new HubFeature.Value("int32"),
        FieldType.UInt32 or FieldType.Fixed32 => new HubFeature.Value("uint32"),
        _ => _text,
    };
}
