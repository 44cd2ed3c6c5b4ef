"""Metadata that says where a picture comes from: that a model changed it."""

from __future__ import annotations

from core.version import VERSION

XMP_KEY = "XML:com.adobe.xmp"  # of the chunk that holds it in a PNG
# IPTC's term for a photo partly changed by a generative model (cv.iptc.org/newscodes/digitalsourcetype).
EDITED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
EDITED_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    f"<xmp:CreatorTool>Labkhand {VERSION}</xmp:CreatorTool>"
    f"<Iptc4xmpExt:DigitalSourceType>{EDITED}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
"""A packet of XMP (ISO 16684-1) that says so."""
