using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>What a chat model said of an image.</summary>
/// <param name="Answers">To all questions, in their order.</param>
/// <param name="ServedModel">The model that answered, as its server says; null where it does not say it.</param>
internal sealed record ChatAnswers(IReadOnlyList<QuestionAnswer> Answers, string? ServedModel);

/// <summary>
/// A judge that shows the image to a chat model and asks it the six questions. What is neither YES nor NO is asked once more; if that is
/// none either, the question is inconclusive, and the image is rejected with that reason. Not deterministic: the first verdict that a pair
/// commits is the one that stays.
/// </summary>
/// <param name="name">One of <see cref="ChatJudgeNames"/>.</param>
/// <param name="isOneRequest">True to ask all questions in one turn, false to ask each in a conversation of its own.</param>
internal sealed class ChatJudge(string name, IChatModel model, bool isOneRequest) : IAsyncDisposable
{
    /// <summary>Yes is 1, no and inconclusive are 0.</summary>
    public const double Threshold = 0.5;

    private const int MaxSaid = 1000;
    private static readonly string[] _yesNo = ["YES", "NO"];

    private readonly string _digest = string.Join('\n', name, model.Name, model.Settings, JudgeQuestions.Set.Version,
        JudgeQuestions.Set.Digest, isOneRequest ? "one request" : "one request a question");

    public string Name => name;

    /// <summary>Name of the model.</summary>
    public string Version => model.Name;

    /// <summary>Images that it judges at a time: as many as keep the model busy.</summary>
    public int Concurrency => isOneRequest ? model.Concurrency
        : (int)Math.Ceiling(model.Concurrency / (double)JudgeQuestions.All.Count);

    /// <summary>
    /// SHA-256 over the model's name and settings, the questions, and the judge whose features and thresholds complete the verdict; nobody
    /// can tell the digest of weights that run elsewhere.
    /// </summary>
    public string DigestWith(JudgeModel features) => Sha256Digest.HexOf($"{_digest}\n{features.Digest}");

    /// <summary>Asks all questions of an image, which is shown as a grey PNG of its own size.</summary>
    /// <exception cref="MeshException">No answer came, and none would come now; MODEL_NOT_LOADED where none ever would.</exception>
    public async Task<ChatAnswers> AnswerAsync(GrayImage image, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> png = ImageCodec.EncodePng(image);
        if (isOneRequest)
            return await AskAllAsync(png, cancellation);
        var answers = await Task.WhenAll(JudgeQuestions.All.Select(q => AskOneAsync(q, png, cancellation)));
        return new ChatAnswers([.. answers.Select(a => a.Answer)], answers.Select(a => a.ServedModel).FirstOrDefault(m => m is not null));
    }

    public ValueTask DisposeAsync() => model.DisposeAsync();

    private async Task<ChatAnswers> AskAllAsync(ReadOnlyMemory<byte> png, CancellationToken cancellation)
    {
        var questions = JudgeQuestions.All;
        var ask = new ChatTurn("user", JudgeQuestions.AskAll) { Png = png };
        var said = await SayAsync([ask], null, cancellation);
        var lines = YesNoReader.FindLines(said.Text, questions.Count);
        if (lines.Any(line => Read(line, said) is null))
        {
            said = await SayAsync([ask, new ChatTurn("assistant", said.Text), new ChatTurn("user", JudgeQuestions.AskAllAgain)],
                null, cancellation);
            lines = YesNoReader.FindLines(said.Text, questions.Count);
        }

        return new ChatAnswers([.. questions.Select((q, i) => ToAnswer(q, lines[i], said))], said.ServedModel);
    }

    private async Task<(QuestionAnswer Answer, string? ServedModel)> AskOneAsync(
        JudgeQuestion question, ReadOnlyMemory<byte> png, CancellationToken cancellation)
    {
        var ask = new ChatTurn("user", JudgeQuestions.BuildPrompt(question)) { Png = png };
        var said = await SayAsync([ask], _yesNo, cancellation);
        if (Read(said.Text, said) is null)
        {
            said = await SayAsync([ask, new ChatTurn("assistant", said.Text), new ChatTurn("user", JudgeQuestions.AskAgain)], _yesNo,
                cancellation);
        }

        return (ToAnswer(question, said.Text, said), said.ServedModel);
    }

    private static bool? Read(string? answer, AnswerText said) => said.Fault is null ? YesNoReader.Read(answer) : null;

    /// <param name="answer">The part of what was said that is about the question; null where none is.</param>
    private static QuestionAnswer ToAnswer(JudgeQuestion question, string? answer, AnswerText said)
    {
        var shown = (answer ?? said.Text) + (said.Fault is { } fault ? $" [the answer {fault.Problem}]" : "");
        return new QuestionAnswer(question.Name, Read(answer, said) == true ? 1 : 0, Threshold, IsUntrained: false)
        {
            IsInconclusive = Read(answer, said) is null,
            Said = Cut(shown),
        };
    }

    /// <summary>At most <see cref="MaxSaid"/> characters, none of them half.</summary>
    private static string Cut(string text) => text.Length <= MaxSaid
        ? text : text[..(char.IsHighSurrogate(text[MaxSaid - 1]) ? MaxSaid - 1 : MaxSaid)];

    private async Task<AnswerText> SayAsync(IReadOnlyList<ChatTurn> turns, IReadOnlyList<string>? choices,
        CancellationToken cancellation)
    {
        var said = new AnswerText();
        await foreach (var piece in model.AnswerAsync(new ChatRequest(turns, Seed: 0) { Choices = choices }, cancellation))
            said.Add(piece);
        return said.Fault is { Name: AnswerFaultNames.Context } fault
            ? throw new MeshException(ErrorReasons.ModelNotLoaded,
                $"The judge '{name}' can't take an image: its answer {fault.Problem}. Give the model a larger context, or smaller images.")
            : said;
    }
}
