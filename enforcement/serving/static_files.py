"""Static files under names that change with their content, packed in advance."""

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

QUALITY = 9  # of brotli; 11, its own default, takes fifteen times as long, at each first start, for 9 % less


class QuickCompressor(Compressor):
    @staticmethod
    def compress_brotli(data):
        return brotli.compress(data, quality=QUALITY)


class PackedStaticFiles(CompressedManifestStaticFilesStorage):
    """A module of ours that another one loads has its hash in its name too; libraries are left as they come."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **kwargs):
        return QuickCompressor(**kwargs)
