using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>A frame of JPEG 2000, decoded by the system's OpenJPEG (Debian: libopenjp2-7) where it is installed.</summary>
internal static unsafe partial class OpenJpegFrame
{
    private const string Library = "libopenjp2.so.7";
    private const int RawCodec = 0, FileCodec = 2;

    /// <summary>More than sizeof(opj_dparameters_t), 8,252 bytes in 2.5.</summary>
    private const int ParameterBytes = 16_384;

    public static int[] Decode(byte[] code, PixelFormat format)
    {
        SystemLibrary.Require(Library, "JPEG 2000", "libopenjp2-7");
        var isFile = code.Length > 8 && code.AsSpan(4, 4).SequenceEqual("jP  "u8);
        nint codec = CreateDecoder(isFile ? FileCodec : RawCodec), stream = CreateStream(isInput: 1);
        Picture* picture = null;
        var source = new Source { Code = code };
        var handle = GCHandle.Alloc(source);
        try
        {
            var parameters = stackalloc byte[ParameterBytes];
            SetDefaults(parameters);
            SetReader(stream, &ReadBytes);
            SetSkipper(stream, &SkipBytes);
            SetSeeker(stream, &SeekTo);
            SetUserData(stream, GCHandle.ToIntPtr(handle), 0);
            SetLength(stream, (ulong)code.Length);
            if (SetUp(codec, parameters) == 0 || ReadHeader(stream, codec, &picture) == 0)
                throw Broken();
            Check(picture, format);
            if (DecodePicture(codec, stream, picture) == 0)
                throw Broken();
            return Copy(picture, format);
        }
        finally
        {
            if (picture is not null)
                DestroyImage(picture);
            DestroyStream(stream);
            DestroyCodec(codec);
            handle.Free();
        }
    }

    /// <summary>Before anything is decoded: a header may say any size.</summary>
    private static void Check(Picture* picture, PixelFormat format)
    {
        if (picture->Count != format.Samples)
            throw new DicomFormatException(DicomTags.PixelData, $"holds a JPEG 2000 picture with {picture->Count} samples a pixel");
        for (var c = 0; c < format.Samples; c++)
        {
            ref var component = ref picture->Components[c];
            if (component.Width != format.Width || component.Height != format.Height || component.Precision > format.BitsAllocated)
                throw new DicomFormatException(DicomTags.PixelData,
                    $"holds a JPEG 2000 picture of {component.Width} x {component.Height} pixels and {component.Precision} bits");
        }
    }

    private static int[] Copy(Picture* picture, PixelFormat format)
    {
        var values = new int[format.Width * format.Height * format.Samples];
        for (var c = 0; c < format.Samples; c++)
        {
            var data = picture->Components[c].Data;
            if (data is null)
                throw Broken();
            for (var i = 0; i < values.Length / format.Samples; i++)
                values[(i * format.Samples) + c] = data[i];
        }

        return values;
    }

    private static DicomFormatException Broken() => new(DicomTags.PixelData, "holds a JPEG 2000 picture that can't be decoded");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint ReadBytes(byte* into, nuint count, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        var length = (int)Math.Min((long)Math.Min(count, int.MaxValue), source.Code.Length - source.At);
        if (length <= 0)
            return nuint.MaxValue; // the end of the stream
        source.Code.AsSpan(source.At, length).CopyTo(new Span<byte>(into, length));
        source.At += length;
        return (nuint)length;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long SkipBytes(long count, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        var to = Math.Clamp(source.At + count, 0, source.Code.Length);
        var skipped = to - source.At;
        source.At = (int)to;
        return skipped == 0 && count != 0 ? -1 : skipped;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SeekTo(long position, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        if (position < 0 || position > source.Code.Length)
            return 0;
        source.At = (int)position;
        return 1;
    }

    [LibraryImport(Library, EntryPoint = "opj_create_decompress")]
    private static partial nint CreateDecoder(int format);

    [LibraryImport(Library, EntryPoint = "opj_stream_default_create")]
    private static partial nint CreateStream(int isInput);

    [LibraryImport(Library, EntryPoint = "opj_set_default_decoder_parameters")]
    private static partial void SetDefaults(byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_setup_decoder")]
    private static partial int SetUp(nint codec, byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_read_function")]
    private static partial void SetReader(nint stream, delegate* unmanaged[Cdecl]<byte*, nuint, nint, nuint> read);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_skip_function")]
    private static partial void SetSkipper(nint stream, delegate* unmanaged[Cdecl]<long, nint, long> skip);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_seek_function")]
    private static partial void SetSeeker(nint stream, delegate* unmanaged[Cdecl]<long, nint, int> seek);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data")]
    private static partial void SetUserData(nint stream, nint user, nint free);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data_length")]
    private static partial void SetLength(nint stream, ulong length);

    [LibraryImport(Library, EntryPoint = "opj_read_header")]
    private static partial int ReadHeader(nint stream, nint codec, Picture** picture);

    [LibraryImport(Library, EntryPoint = "opj_decode")]
    private static partial int DecodePicture(nint codec, nint stream, Picture* picture);

    [LibraryImport(Library, EntryPoint = "opj_image_destroy")]
    private static partial void DestroyImage(Picture* picture);

    [LibraryImport(Library, EntryPoint = "opj_stream_destroy")]
    private static partial void DestroyStream(nint stream);

    [LibraryImport(Library, EntryPoint = "opj_destroy_codec")]
    private static partial void DestroyCodec(nint codec);

    private sealed class Source
    {
        public required byte[] Code { get; init; }

        public int At { get; set; }
    }

    /// <summary>opj_image_comp_t of openjpeg.h, 2.5.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Component
    {
        public uint Dx, Dy, Width, Height, X0, Y0, Precision, BitsPerPixel, Signed, Resolutions, Factor;
        public int* Data;
        public ushort Alpha;
    }

    /// <summary>opj_image_t of openjpeg.h, 2.5.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Picture
    {
        public uint X0, Y0, X1, Y1, Count;
        public int ColourSpace;
        public Component* Components;
    }
}
