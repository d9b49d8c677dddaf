namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>What begins with a heading.</summary>
internal enum HeadingKind
{
    /// <summary>What is seen.</summary>
    Findings,

    /// <summary>What it means.</summary>
    Impression,

    /// <summary>Added after the report was signed.</summary>
    Addendum,

    /// <summary>A first reading, which the final report replaces.</summary>
    WetRead,

    /// <summary>Nothing; it only says that the report begins or ends.</summary>
    Banner,

    /// <summary>What stands before the findings and is none: who, why, how, compared with what.</summary>
    Before,

    /// <summary>What stands behind the impression and is none: advice, calls, signatures.</summary>
    After,

    /// <summary>How good the image is: a part of the findings inside them, else none.</summary>
    Limitation,

    /// <summary>A place of the body: part of the section that it stands in, and a statement of its own elsewhere.</summary>
    Place,

    /// <summary>The name of the exam above an unheaded report: <c>XR CHEST 2 VIEWS</c>.</summary>
    Exam,

    /// <summary>Capitals and a colon that no list has: nothing of the image, but where it stands inside what is read.</summary>
    Unknown,
}
