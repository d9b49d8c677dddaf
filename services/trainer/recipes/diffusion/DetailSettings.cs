using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Networks;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>
/// What a preset adds to the recipe so that an image has detail, and the best of its weights are kept. Two small networks are trained
/// first, as judges are (<see cref="Judge.JudgeTrainer"/>): the autoencoder's loss looks through one, weights and guidance are chosen by
/// the other. Images are read larger than they are rendered, with their proportions kept, and the patients of
/// <see cref="Radiographs.SelectionPatients"/> are trained on by neither.
/// </summary>
/// <param name="Features">Sizes of the two networks.</param>
/// <param name="FeatureLoop">How each of them is trained.</param>
/// <param name="FeatureBatch">Images of a step of theirs, before faults are added.</param>
/// <param name="ReadSide">Side that images are read at, in pixels; at least the autoencoder's.</param>
/// <param name="SmallestWindow">See <see cref="ImageWindows"/>.</param>
/// <param name="Windows">Windows of each image that are encoded beside the whole one.</param>
/// <param name="PerceptualWeight">Weight of the difference of features beside that of pixels.</param>
/// <param name="AdversarialWeight">
/// Length of the discriminator's gradient at the decoded pixels, in lengths of all other losses' gradient there.
/// </param>
/// <param name="AdversarialFrom">Step of the autoencoder at which the discriminator begins.</param>
/// <param name="MinSnr">γ of <see cref="TrainingNoiseSchedule.MinSnrWeights"/>.</param>
/// <param name="SelectEvery">Steps of the U-Net between two measurements.</param>
/// <param name="SelectFrom">Step of the first measurement.</param>
/// <param name="SelectImages">Images that are rendered for one.</param>
/// <param name="Guidances">Scales of guidance to choose from; measurements use the first.</param>
internal sealed record DetailSettings(
    QualityJudgeConfig Features, LoopSettings FeatureLoop, int FeatureBatch, int ReadSide, double SmallestWindow, int Windows,
    double PerceptualWeight, double AdversarialWeight, long AdversarialFrom, double MinSnr, long SelectEvery, long SelectFrom,
    int SelectImages, IReadOnlyList<double> Guidances);
